/** What a saga definition is, and the check that refuses at start-up what would go wrong at three in the morning. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type * as z from 'zod';
import { type CommandContract, type Contract, noticeTypes } from '../../participants/wire/contract.ts';
import { COMPENSATE } from './control.ts';
import type { Status } from './saga.ts';

/** How a command is built. An undo's data is the engine's: the ids it names. */
export interface CommandSpec {
  readonly contract: Contract;
  /** The data of a forward command, from the saga's input and context. */
  readonly data?: (input: never, context: never) => unknown;
  /** Its time-out leads back, so it carries a deadline after which its participant skips it. */
  readonly expires?: boolean;
}

/** How a fact is built. */
export interface FactSpec {
  readonly topic: string;
  readonly schema: z.ZodType;
  readonly data: (input: never, context: never) => unknown;
}

/** A machine with its command builders, under a name and a version. */
export interface SagaDefinition {
  readonly name: string;
  readonly version: number;
  readonly machine: AnyStateMachine;
  /** The fact that begins it. */
  readonly startedBy: string;
  readonly commands: Readonly<Record<string, CommandSpec>>;
  readonly facts: Readonly<Record<string, FactSpec>>;
  /** The context a saga begins with. */
  readonly begin: (input: never) => Record<string, unknown>;
  readonly statusOf: (state: string) => Status;
  /** The customer may cancel until this command was issued. */
  readonly cancelUntil: string;
  /** The limit that holds whatever the queue, ms: after it even an unread command is given up. */
  readonly secondLimitMs: number;
}

/** A definition with what the engine looks up in it. */
export interface Registered extends SagaDefinition {
  /** Every reply type it understands, with the contract that declares it. */
  readonly replies: ReadonlyMap<string, { contract: Contract; topic: string; schema: z.ZodType }>;
  /** Notice types: `payment.delayed` → delayed. */
  readonly notices: ReadonlyMap<string, 'delayed' | 'parked'>;
  /** Its contracts, one a participant. */
  readonly contracts: readonly Contract[];
}

/** The only actions a machine may name; `assign` ones are XState's own and vanish in the pure transition. */
export const MACHINE_ACTIONS = ['issue', 'publish', 'markStuck'] as const;

/** The contract of one of a definition's commands. */
export function contractOf(definition: SagaDefinition, type: string): CommandContract {
  const contract = definition.commands[type]?.contract.commands[type];
  if (contract === undefined) throw new Error(`${definition.name} has no command ${type}`);
  return contract;
}

/** The undo of a forward command's type, if it has one. */
export function undoOf(definition: SagaDefinition, type: string): string | undefined {
  return Object.keys(definition.commands).find((undo) => contractOf(definition, undo).undoes?.includes(type));
}

/**
 * Checks a definition and prepares it for the engine.
 * @throws Error naming what is wrong: an event nobody sends, a delay that is not declared, an action that is not ours …
 */
export function register(definition: SagaDefinition): Registered {
  const fail = (what: string): never => {
    throw new Error(`definition ${definition.name} v${definition.version}: ${what}`);
  };
  const contracts = [...new Set(Object.values(definition.commands).map((command) => command.contract))];
  const replies: Map<string, { contract: Contract; topic: string; schema: z.ZodType }> = new Map();
  const notices: Map<string, 'delayed' | 'parked'> = new Map();
  for (const contract of contracts) {
    for (const [type, reply] of Object.entries(contract.replies)) {
      replies.set(type, { contract, topic: reply.topic, schema: reply.data });
    }
    const { delayed, parked } = noticeTypes(contract);
    notices.set(delayed, 'delayed').set(parked, 'parked');
  }
  for (const [type, spec] of Object.entries(definition.commands)) {
    const command =
      spec.contract.commands[type] ?? fail(`${type} is not in the contract of ${spec.contract.name}`);
    if (command.kind === 'forward' && spec.data === undefined) fail(`${type} has no data builder`);
  }
  const delays = Object.keys(definition.machine.implementations.delays);
  const known = new Set([...replies.keys(), definition.startedBy, COMPENSATE]);
  for (const node of everyState(definition.machine.root)) {
    if (node.invoke.length > 0) fail(`${node.id} invokes an actor; the engine runs none`);
    if (node.type === 'history' || node.type === 'parallel') fail(`${node.id} is a ${node.type} state`);
    for (const { delay } of node.after) {
      if (typeof delay !== 'string' || !delays.includes(delay))
        fail(`${node.id} waits for ${delay}, no declared delay`);
    }
    for (const event of node.ownEvents) {
      if (!known.has(event) && !event.startsWith('xstate.after.'))
        fail(`${node.id} waits for ${event}, which nobody sends`);
    }
    const transitions = [...node.transitions.values()].flat();
    for (const action of [...node.entry, ...node.exit, ...transitions.flatMap((t) => t.actions)]) {
      checkAction(definition, action, fail);
    }
  }
  return { ...definition, replies, notices, contracts };
}

function checkAction(definition: SagaDefinition, action: unknown, fail: (what: string) => never): void {
  if (typeof action === 'function') {
    // XState's own, by the names it gives them: deferred timers. Everything else must be named in setup().
    const builtin = (action as { type?: string }).type;
    if (builtin === 'xstate.raise' || builtin === 'xstate.cancel') return;
    fail(`an inline ${builtin ?? 'function'} action: name it in setup()`);
  }
  const { type, params } = (typeof action === 'string' ? { type: action } : action) as {
    type: string;
    params?: unknown;
  };
  const declared = definition.machine.implementations.actions[type];
  if (declared === undefined) fail(`the action ${type} is not declared`);
  if ((declared as { type?: string }).type === 'xstate.assign') return;
  if (!(MACHINE_ACTIONS as readonly string[]).includes(type))
    fail(`the action ${type} is not one the engine knows`);
  const { command, fact } = (params ?? {}) as { command?: string; fact?: string };
  if (type === 'issue' && (command === undefined || !(command in definition.commands)))
    fail(`issues ${command}, no command`);
  if (type === 'publish' && (fact === undefined || !(fact in definition.facts)))
    fail(`publishes ${fact}, no fact`);
}

function everyState(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => everyState(child as AnyStateNode))];
}
