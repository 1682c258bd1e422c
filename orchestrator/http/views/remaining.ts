/** The steps still to come: the machine itself is walked on, as if every answer were a success. Pure. */

import { actionEnvelope, controlEnvelope } from '#engine/control.ts';
import { contractOf, type Registered } from '#engine/definition/definition.ts';
import { startEnvelope } from '#engine/definition/start-message.ts';
import type { Awaited, Incoming, SagaRow, Status } from '#engine/saga.ts';
import { step } from '#engine/step/step.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { replyId } from '#protocol/ids.ts';

const STEPS_MAX = 50;

/** A command that is awaited, or that will be sent. */
export interface RemainingStep {
  readonly commandId: string;
  readonly type: string;
  readonly awaited: boolean;
}

/** The way ahead, and where it ends; `complete` is false when the walk could not reach an end. */
export interface WayAhead {
  readonly steps: readonly RemainingStep[];
  readonly state: string;
  readonly status: Status;
  readonly complete: boolean;
}

/** Walks from a row to the end: forward, or down the ladder when it is on its way back. */
export function wayAhead(definition: Registered, from: SagaRow, nowMs: number): WayAhead {
  const steps: RemainingStep[] = [];
  let row = from;
  for (let walked = 0; walked < STEPS_MAX; walked++) {
    const next = nextMessage(definition, row, nowMs);
    if (next === null) break;
    if (next.command !== null) {
      const { id, type } = next.command;
      steps.push({ commandId: id, type, awaited: from.pending.awaiting[id] !== undefined });
    }
    const taken = step(definition, row, incoming(next.envelope), nowMs);
    if (taken.kind !== 'taken') break;
    row = taken.row;
  }
  const ended = row.status === 'completed' || row.status === 'failed';
  return {
    steps,
    state: row.state,
    status: row.status,
    complete: ended && Object.keys(row.pending.awaiting).length === 0,
  };
}

/** What would move the row on: its beginning, the success of what it awaits, or a retry of an undo that was refused. */
function nextMessage(
  definition: Registered,
  row: SagaRow,
  nowMs: number,
): { envelope: Envelope; command: { id: string; type: string } | null } | null {
  if (row.version === 0) return { envelope: startEnvelope(definition, row), command: null };
  // A void first: the action that waits for it decides what becomes of the step.
  const all = Object.entries(row.pending.awaiting);
  const awaiting = all.find(([, { kind }]) => kind === 'revoke') ?? all[0];
  if (awaiting !== undefined) {
    const [id, awaited] = awaiting;
    return { envelope: successOf(definition, row, id, awaited, nowMs), command: { id, type: awaited.type } };
  }
  if (Object.keys(row.pending.refusedUndos).length === 0) return null;
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

/** A message that came from nowhere: for a walk or a preview. */
export function incoming(envelope: Envelope): Incoming {
  return { envelope, origin: { topic: '', partition: 0, offset: 0 } };
}
