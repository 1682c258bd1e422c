/** Rejects machines that XState accepts and the engine cannot run. */
import { type AnyStateMachine, type AnyStateNode, initialTransition } from 'xstate';
import { toPath } from './state-path.ts';

/** The only actions a machine may name; `assign` ones are XState's own and vanish in the pure transition. */
const MACHINE_ACTIONS: readonly string[] = ['issue', 'publish', 'raiseIncident'];

/** The part of a definition its machine refers to. */
interface Checked {
  readonly machine: AnyStateMachine;
  readonly commands: Readonly<Record<string, unknown>>;
  readonly events: Readonly<Record<string, unknown>>;
}

type Fail = (what: string) => never;
type Transition = Pick<AnyStateNode['after'][number], 'guard' | 'target' | 'reenter' | 'eventType'>;

/**
 * Walks every state, transition, action, guard and delay of a definition's machine.
 * @param known every event it may receive, except its own timers
 * @param fail throws an Error that names the defect
 * @returns its first state
 */
export function checkMachine(definition: Checked, known: ReadonlySet<string>, fail: Fail): string {
  const { machine } = definition;
  const initialState = checkBeginning(machine, fail);
  for (const [name, delay] of Object.entries(machine.implementations.delays)) {
    if (typeof delay === 'number' && !(Number.isFinite(delay) && delay > 0))
      fail(`the delay ${name} is ${delay} ms`);
  }
  for (const node of everyState(machine.root)) {
    if (node.invoke.length > 0) fail(`${node.id} invokes an actor; the engine runs none`);
    if (node.type === 'history' || node.type === 'parallel' || node.type === 'final')
      fail(`${node.id} is a ${node.type} state`);
    for (const { delay } of node.after) {
      if (typeof delay !== 'string' || machine.implementations.delays[delay] === undefined)
        fail(`${node.id} waits for ${delay}, no declared delay`);
    }
    for (const event of node.ownEvents) {
      if (!known.has(event) && !event.startsWith('xstate.after.'))
        fail(`${node.id} waits for ${event}, which nobody sends`);
    }
    if (node.initial !== undefined && node.initial.actions.length > 0)
      fail(`${node.id} acts on its initial transition: use the state's entry`);
    const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
    for (const transition of transitions) checkTransition(machine, node, transition, fail);
    for (const action of [...node.entry, ...node.exit, ...transitions.flatMap((t) => t.actions)])
      checkAction(definition, action, fail);
  }
  return initialState;
}

/** A row is made before any engine sees it: the first state does nothing, and its context needs no input. */
function checkBeginning(machine: AnyStateMachine, fail: Fail): string {
  try {
    const [begun, actions] = initialTransition(machine);
    // XState catches what a context factory throws.
    if (begun.status === 'error') throw begun.error;
    if (actions.length > 0) fail('its initial state acts before it was begun');
    return toPath(begun.value);
  } catch (error) {
    return fail(`it cannot begin: ${(error as Error).message}`);
  }
}

function checkTransition(
  machine: AnyStateMachine,
  node: AnyStateNode,
  { guard, target, reenter, eventType }: Transition,
  fail: Fail,
): void {
  if (typeof guard === 'function') fail(`${node.id} has an inline guard: name it in setup()`);
  const name = typeof guard === 'object' ? guard.type : guard;
  if (name !== undefined && machine.implementations.guards[name] === undefined)
    fail(`the guard ${name} is not declared`);
  // Without reenter a state that goes to itself neither leaves nor enters: it would issue nothing.
  if (target?.length === 1 && target[0] === node && !reenter)
    fail(`${node.id} goes to itself on ${eventType} without reenter`);
}

function checkAction(definition: Checked, action: unknown, fail: Fail): void {
  if (typeof action === 'function') {
    const { type, id, sendId } = action as { type?: string; id?: unknown; sendId?: unknown };
    // XState's own, of `after`. Everything else must be named in setup().
    if (type === 'xstate.raise' && isTimer(id)) return;
    if (type === 'xstate.cancel' && isTimer(sendId)) return;
    fail(`an inline ${type ?? 'function'} action: name it in setup()`);
  }
  const { type, params } = (typeof action === 'string' ? { type: action } : action) as {
    type: string;
    params?: unknown;
  };
  const declared = definition.machine.implementations.actions[type];
  if (declared === undefined) fail(`the action ${type} is not declared`);
  if ((declared as { type?: string }).type === 'xstate.assign') return;
  if (!MACHINE_ACTIONS.includes(type)) fail(`the action ${type} is not one the engine knows`);
  const { command, event } = (params ?? {}) as { command?: string; event?: string };
  if (type === 'issue' && (command === undefined || !(command in definition.commands)))
    fail(`issues ${command}, no command`);
  if (type === 'publish' && (event === undefined || !(event in definition.events)))
    fail(`publishes ${event}, no event`);
}

function isTimer(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith('xstate.after.');
}

function everyState(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => everyState(child as AnyStateNode))];
}
