/** A machine's states and transitions as plain data, read from the machine itself and in its own order. Pure. */
import type { AnyStateNode } from 'xstate';
import { COMPENSATE } from '../control.ts';
import type { Status } from '../saga.ts';
import { contractOf, type SagaDefinition } from './definition.ts';

/** A state. */
export interface GraphNode {
  /** Dotted path, as rows have it: `compensating.refundingPayment`. */
  readonly id: string;
  /** The state it is a child of; null: none. */
  readonly parent: string | null;
  /** group: a state with child states, in which no saga rests. end: a saga in it has ended. */
  readonly kind: 'initial' | 'step' | 'group' | 'end';
  /** Of a saga in this state; null: a group has none. */
  readonly status: Status | null;
  /** The commands it issues, and the events it publishes, on entry. */
  readonly commands: readonly string[];
  readonly publishes: readonly string[];
}

/** A transition. */
export interface GraphEdge {
  /** Unique in its graph, and the same in every process. */
  readonly id: string;
  /** The state that declares it: its child states take it too. */
  readonly from: string;
  /** The state it leads to, a group's first one where it names a group. */
  readonly to: string;
  /** What causes it, in people's words: a message's type, or a delay's name. */
  readonly event: string;
  readonly kind: 'start' | 'success' | 'refusal' | 'timer' | 'action';
  /** The condition under which it is taken; null: always, where none before it is. */
  readonly guard: string | null;
  /** It leads nowhere: the saga keeps its state. */
  readonly stays: boolean;
  /** The code of the incident it raises; null: none. */
  readonly raises: string | null;
  readonly publishes: readonly string[];
  /** The event as the machine has it. */
  readonly machineEvent: string;
}

export interface MachineGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Reads the graph of a definition whose machine `register` has checked. */
export function machineGraph(definition: SagaDefinition): MachineGraph {
  const states = everyState(definition.machine.root as AnyStateNode);
  const first = pathOf(restingIn(definition.machine.root as AnyStateNode));
  return {
    nodes: states.map((state) => toNode(definition, state, first)),
    edges: states.flatMap((state) => edgesOf(definition, state)),
  };
}

/** A path with those of the states it is a child of, the nearest first. */
export function lineage(path: string): string[] {
  const parts = path.split('.');
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('.'));
}

function toNode({ statusOf }: SagaDefinition, state: AnyStateNode, first: string): GraphNode {
  const id = pathOf(state);
  const isGroup = Object.keys(state.states).length > 0;
  const status = isGroup ? null : statusOf(id);
  const isEnd = status === 'completed' || status === 'failed';
  return {
    id,
    parent: state.parent === undefined || state.parent.path.length === 0 ? null : pathOf(state.parent),
    kind: isGroup ? 'group' : isEnd ? 'end' : id === first ? 'initial' : 'step',
    status,
    commands: paramsOf(state.entry, 'issue', 'command'),
    publishes: paramsOf(state.entry, 'publish', 'event'),
  };
}

function edgesOf(definition: SagaDefinition, state: AnyStateNode): GraphEdge[] {
  const from = pathOf(state);
  return [...state.transitions.values()].flat().map((transition, i) => {
    const { guard, target, eventType, actions } = transition;
    const [to = state] = target ?? [];
    const [raises = null] = paramsOf(actions, 'raiseIncident', 'code');
    const delay = /^xstate\.after\.(\w+)\./.exec(eventType)?.[1];
    return {
      id: `${from}/${i + 1}`,
      from,
      to: pathOf(restingIn(to)),
      event: delay ?? eventType,
      kind: delay === undefined ? kindOf(definition, eventType) : 'timer',
      guard: typeof guard === 'object' ? guard.type : typeof guard === 'string' ? guard : null,
      stays: target === undefined,
      raises,
      publishes: paramsOf(actions, 'publish', 'event'),
      machineEvent: eventType,
    };
  });
}

function kindOf(definition: SagaDefinition, event: string): GraphEdge['kind'] {
  if (event === definition.startedBy) return 'start';
  if (event === COMPENSATE) return 'action';
  const isRefusal = Object.keys(definition.commands).some(
    (type) => contractOf(definition, type).refusal === event,
  );
  return isRefusal ? 'refusal' : 'success';
}

/** The values of one parameter of the actions of one type. */
function paramsOf(actions: readonly unknown[], type: string, name: string): string[] {
  return actions.flatMap((action) => {
    if (typeof action !== 'object' || action === null) return [];
    const { type: own, params } = action as { type: string; params?: Readonly<Record<string, string>> };
    const value = own === type ? params?.[name] : undefined;
    return value === undefined ? [] : [value];
  });
}

/** The state in which a saga rests that enters this one. */
function restingIn(state: AnyStateNode): AnyStateNode {
  const [child] = state.initial?.target ?? [];
  return child === undefined ? state : restingIn(child);
}

function everyState(state: AnyStateNode): AnyStateNode[] {
  return Object.values(state.states).flatMap((child) => [
    child as AnyStateNode,
    ...everyState(child as AnyStateNode),
  ]);
}

function pathOf({ path }: AnyStateNode): string {
  return path.join('.');
}
