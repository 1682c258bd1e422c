/** The remaining steps: runs the machine on, as if every reply were a success. Pure. */

import { actionEnvelope, controlEnvelope } from '#engine/control.ts';
import { contractOf, type Registered } from '#engine/definition/definition.ts';
import { startEnvelope } from '#engine/definition/start-message.ts';
import type { Awaited, Incoming, JournalEntry, SagaRow, Status } from '#engine/saga.ts';
import { type Step, step } from '#engine/step/step.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { replyId } from '#protocol/ids.ts';

const STEPS_MAX = 50;

/** A command the saga awaits or will send. */
export interface RemainingStep {
  readonly commandId: string;
  readonly type: string;
  readonly awaited: boolean;
  /** It undoes a skipped command, so it is done only when an operator gives evidence. */
  readonly needsEvidence?: true;
}

/** The remaining steps and the state after them; `complete` is false when the walk reached no final state. */
export interface WayAhead {
  readonly steps: readonly RemainingStep[];
  readonly state: string;
  readonly status: Status;
  readonly complete: boolean;
}

/** Walks from a row to a final state: through the forward steps, or through the compensations. */
export function wayAhead(definition: Registered, from: SagaRow, nowMs: number): WayAhead {
  const steps: RemainingStep[] = [];
  let row = from;
  for (const { next, taken } of walk(definition, from, nowMs)) {
    if (next.command !== null) {
      const { id, type } = next.command;
      const needsEvidence = taken.kind === 'taken' && taken.row.pending.refusedUndos[id]?.found !== undefined;
      const awaited = from.pending.awaiting[id] !== undefined;
      steps.push({ commandId: id, type, awaited, ...(needsEvidence && { needsEvidence }) });
    }
    if (taken.kind === 'taken') row = taken.row;
  }
  const ended = row.status === 'completed' || row.status === 'failed';
  return {
    steps,
    state: row.state,
    status: row.status,
    complete: ended && Object.keys(row.pending.awaiting).length === 0,
  };
}

/** The journal entries that a saga would have from here on. */
export function entriesAhead(definition: Registered, from: SagaRow, nowMs: number): JournalEntry[] {
  return [...walk(definition, from, nowMs)].flatMap(({ taken }) =>
    taken.kind === 'taken' ? [taken.entry] : [],
  );
}

/** Takes one message after the other until none is left, one is not taken, or the bound is reached. */
function* walk(
  definition: Registered,
  from: SagaRow,
  nowMs: number,
): Generator<{ next: NonNullable<ReturnType<typeof nextMessage>>; taken: Step }> {
  let row = from;
  for (let walked = 0; walked < STEPS_MAX; walked++) {
    const next = nextMessage(definition, row, nowMs);
    if (next === null) return;
    const taken = step(definition, row, incoming(next.envelope), nowMs);
    yield { next, taken };
    if (taken.kind !== 'taken') return;
    row = taken.row;
  }
}

/** The message that moves the row on: its start, a success reply, the evidence for an undo, or the retry of a refused one. */
function nextMessage(
  definition: Registered,
  row: SagaRow,
  nowMs: number,
): { envelope: Envelope; command: { id: string; type: string } | null } | null {
  if (row.version === 0) return { envelope: startEnvelope(definition, row), command: null };
  // A revoke first: its action decides how the step goes on.
  const all = Object.entries(row.pending.awaiting);
  const awaiting = all.find(([, { kind }]) => kind === 'revoke') ?? all[0];
  if (awaiting !== undefined) {
    const [id, awaited] = awaiting;
    return { envelope: successOf(definition, row, id, awaited, nowMs), command: { id, type: awaited.type } };
  }
  const [refused] = Object.values(row.pending.refusedUndos);
  if (refused === undefined) return null;
  if (refused.found !== undefined) {
    const skip = { actionId: row.id, action: 'skip', revision: row.revision, actor: '', reason: '' } as const;
    const params = { evidence: 'to be given' };
    return { envelope: actionEnvelope(row.id, { ...skip, params }, nowMs), command: null };
  }
  const retry = { actionId: row.id, action: 'retry', revision: row.revision, actor: '', reason: '' } as const;
  return { envelope: actionEnvelope(row.id, retry, nowMs), command: null };
}

function successOf(
  definition: Registered,
  row: SagaRow,
  id: string,
  awaited: Awaited,
  nowMs: number,
): Envelope {
  const { success } = contractOf(definition, awaited.type);
  const finding = awaited.kind === 'revoke' ? 'not-executed' : 'undone';
  const found = Object.fromEntries((awaited.undoes ?? []).map((undone) => [undone, finding]));
  const data = awaited.kind === 'forward' ? {} : { found };
  return { ...controlEnvelope(row.id, replyId(id), success, data, nowMs), commandid: id };
}

/** A message without an origin, for a walk or a preview. */
export function incoming(envelope: Envelope): Incoming {
  return { envelope, origin: { topic: '', partition: 0, offset: 0 } };
}
