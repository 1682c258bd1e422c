/** The graph of a definition, and the way of one saga through it: from its journal and its remaining steps. Pure. */
import { ACTION, type ActionData, COMPENSATE, TIMER } from '#engine/control.ts';
import { contractOf, type Registered } from '#engine/definition/definition.ts';
import {
  type GraphEdge,
  type GraphNode,
  lineage,
  type MachineGraph,
  machineGraph,
} from '#engine/definition/machine-graph.ts';
import type { JournalEntry, SagaRow } from '#engine/saga.ts';
import type { HistoryEntry } from '#orchestrator/store/view-store.ts';
import type { View } from '#platform/http/schemas.ts';
import type { UndoData, UndoneData } from '#protocol/contract.ts';
import { commandTypeOf } from '#protocol/ids.ts';
import type { definitionGraph, sagaGraph } from './graph-schema.ts';
import { entriesAhead } from './remaining.ts';

/** The fields of a journal entry that tell which transition it took. */
type Move = Pick<JournalEntry, 'fromState' | 'toState' | 'message' | 'change'>;
type Progress = View<typeof sagaGraph>['nodes'][number]['progress'];

/** Graphs are made once a definition: they never change. */
const graphs = new WeakMap<Registered, MachineGraph>();

function graphOf(definition: Registered): MachineGraph {
  const known = graphs.get(definition) ?? machineGraph(definition);
  graphs.set(definition, known);
  return known;
}

/** The graph of a definition. */
export function definitionGraphView(definition: Registered): View<typeof definitionGraph> {
  const { nodes, edges } = graphOf(definition);
  return {
    definition: definition.name,
    definitionVersion: definition.version,
    nodes: [...nodes],
    edges: edges.map(shownEdge),
  };
}

/** The graph of a saga. @param journal all of it, or its newest entries, oldest first */
export function sagaGraphView(
  definition: Registered,
  row: SagaRow,
  journal: readonly HistoryEntry[],
  nowMs: number,
): View<typeof sagaGraph> {
  const { nodes, edges } = graphOf(definition);
  const versions = new Map<string, number[]>();
  for (const entry of journal) {
    const edge = edgeTaken(definition, edges, row.id, entry);
    if (edge !== undefined) versions.set(edge.id, [...(versions.get(edge.id) ?? []), entry.version]);
  }
  const ahead = entriesAhead(definition, row, nowMs).flatMap((entry) => {
    const edge = edgeTaken(definition, edges, row.id, entry);
    return edge === undefined || edge.stays ? [] : [edge];
  });
  const [next, ...later] = ahead;
  const visited = new Set(journal.flatMap(({ fromState, toState }) => [fromState, toState]));
  const undone = undoneTypes(journal, row.id);
  const isUndone = ({ commands }: GraphNode) => commands.some((type) => undone.has(type));
  const undoneNodes = new Set(nodes.filter(isUndone).map(({ id }) => id));
  const toCome = new Set(ahead.map(({ to }) => to));
  return {
    sagaId: row.id,
    definition: definition.name,
    definitionVersion: definition.version,
    status: row.status,
    state: row.state,
    stuck: row.stuck !== null,
    nodes: nodes.map((node) => ({ ...node, progress: progressOf(node.id) })),
    edges: edges.map((edge) => ({
      ...shownEdge(edge),
      progress: progressOn(edge),
      versions: versions.get(edge.id) ?? [],
    })),
  };

  function progressOf(state: string): Progress {
    if (state === row.state) return 'current';
    if (undoneNodes.has(state)) return 'compensated';
    if (visited.has(state)) return 'taken';
    return toCome.has(state) ? 'remaining' : 'open';
  }

  function progressOn(edge: GraphEdge): Progress {
    if (edge === next) return 'current';
    const isTaken = versions.has(edge.id);
    if (isTaken && edge.kind === 'success' && undoneNodes.has(edge.from)) return 'compensated';
    if (isTaken) return 'taken';
    return later.includes(edge) ? 'remaining' : 'open';
  }
}

function shownEdge({ machineEvent: _, ...edge }: GraphEdge): View<typeof definitionGraph>['edges'][number] {
  return edge;
}

/** The transition that a move took; undefined: it was none of the machine's, as a notice or a retry is none. */
function edgeTaken(
  definition: Registered,
  edges: readonly GraphEdge[],
  sagaId: string,
  move: Move,
): GraphEdge | undefined {
  const from = lineage(move.fromState);
  const possible = edges.filter((edge) => {
    if (!from.includes(edge.from)) return false;
    return edge.stays ? move.fromState === move.toState : edge.to === move.toState;
  });
  const event = eventOf(definition, sagaId, move);
  const exact = possible.find(({ machineEvent }) => machineEvent === event);
  if (exact !== undefined || move.fromState === move.toState) return exact;
  return possible.find(({ stays }) => !stays);
}

/** The machine's event of a move. A skip stands for the success of the command that it skips. */
function eventOf(definition: Registered, sagaId: string, { message, change }: Move): string {
  const skipped = change.skipped === undefined ? null : commandTypeOf(change.skipped.commandId, sagaId);
  if (skipped !== null && definition.commands[skipped] !== undefined)
    return contractOf(definition, skipped).success;
  if (message.type === TIMER) return (message.data as { name: string }).name;
  if (message.type !== ACTION) return message.type;
  const { action } = message.data as ActionData;
  return action === 'compensate' || action === 'cancel' ? COMPENSATE : message.type;
}

/** The types of forward commands of which every issued one was undone, or found not executed. */
function undoneTypes(journal: readonly HistoryEntry[], sagaId: string): Set<string> {
  const sent = journal.flatMap(({ out }) => out.map(({ event }) => event));
  const undone = new Set<string>();
  for (const { message, change } of journal) {
    const { found } = (message.data ?? {}) as Partial<UndoneData>;
    for (const [id, finding] of Object.entries(found ?? {})) if (finding !== 'done') undone.add(id);
    // Somebody vouched for an undo: what it names is undone.
    const vouched = sent.find(({ id }) => id === change.skipped?.commandId);
    for (const id of (vouched?.data as Partial<UndoData> | undefined)?.undoes ?? []) undone.add(id);
  }
  const types = new Set([...undone].flatMap((id) => commandTypeOf(id, sagaId) ?? []));
  const isOpen = (type: string) => sent.some((one) => one.type === type && !undone.has(one.id));
  return new Set([...types].filter((type) => !isOpen(type)));
}
