/** The end of a step: what a draft comes to, as the row, its journal entry and when somebody must look. */
import type { Registered } from '../definition/definition.ts';
import type { Change, Incoming, JournalEntry, SagaRow } from '../saga.ts';
import type { Draft } from './transition-builder.ts';

/**
 * How soon after a move someone checks whether something was lost, ms, unless a timer is due before. An ordinary order
 * has ended by then, at peak load too: looking at what merely waits would cost more than the orders themselves.
 */
export const FIRST_CHECK_MS = 10_000;

/** What a transition leaves. */
interface Finished {
  readonly row: SagaRow;
  readonly entry: JournalEntry;
  readonly dueAt: Date | null;
}

/** The row, the journal entry and the next look that a draft comes to. */
export function finish(
  definition: Registered,
  row: SagaRow,
  draft: Draft,
  state: string,
  { envelope, origin }: Incoming,
  nowMs: number,
): Finished {
  const now = new Date(nowMs);
  const contextChanged =
    draft.context !== row.context && JSON.stringify(draft.context) !== JSON.stringify(row.context);
  const moved = state !== row.state;
  const migrated = definition.version !== row.definitionVersion;
  const status = definition.statusOf(state);
  const ended = status === 'completed' || status === 'failed';
  const { awaiting, timers } = draft;
  const live =
    !ended ||
    Object.keys(awaiting).length > 0 ||
    Object.keys(timers).length > 0 ||
    draft.stuck !== null ||
    draft.paused;
  const change: Change = {
    ...(contextChanged && { context: draft.context }),
    ...(draft.stuck !== row.stuck && { stuck: draft.stuck }),
    ...(draft.lastFailure !== row.lastFailure &&
      draft.lastFailure !== null && { lastFailure: draft.lastFailure }),
    ...(draft.resent.length > 0 && { resent: draft.resent }),
    ...(draft.gaveUp.length > 0 && { gaveUp: draft.gaveUp }),
    ...(draft.paused !== row.paused && { paused: draft.paused }),
    ...(draft.heldNow.length > 0 && { held: draft.heldNow }),
    ...(draft.skipping !== undefined && { skipped: draft.skipping }),
    ...(draft.editing.length > 0 && { edited: draft.editing }),
    ...(migrated && { migrated: { from: row.definitionVersion, to: definition.version } }),
  };
  return {
    row: {
      ...row,
      definitionVersion: definition.version,
      version: draft.version,
      revision:
        moved || contextChanged || migrated || draft.editing.length > 0 ? draft.version : row.revision,
      state,
      status,
      context: draft.context,
      pending: draft.pending(),
      stuck: draft.stuck,
      lastFailure: draft.lastFailure,
      paused: draft.paused,
      stateSince: moved ? now : row.stateSince,
      endedAt: ended ? (row.endedAt ?? now) : null,
    },
    entry: {
      sagaId: row.id,
      messageId: envelope.id,
      version: draft.version,
      at: now,
      type: envelope.type,
      fromState: row.state,
      toState: state,
      message: envelope,
      change,
      out: draft.out,
      origin,
    },
    dueAt: live
      ? new Date(Math.min(nowMs + FIRST_CHECK_MS, ...Object.values(timers).map(({ at }) => at)))
      : null,
  };
}
