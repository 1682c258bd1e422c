/** The result of a step: the row, its journal entry and the time of the sweeper's next check. */
import type { Registered } from '../definition/definition.ts';
import type { Change, Incoming, JournalEntry, SagaRow } from '../saga.ts';
import type { TransitionBuilder } from './transition-builder.ts';

/**
 * The sweeper's first check after a move, ms, unless a timer is due before. An ordinary order has ended by then, at peak
 * load too: earlier checks would cost more than the orders themselves.
 */
export const FIRST_CHECK_MS = 10_000;

/** The result of a transition. */
interface Finished {
  readonly row: SagaRow;
  readonly entry: JournalEntry;
  readonly dueAt: Date | null;
}

/** Finishes a transition. */
export function finish(
  definition: Registered,
  row: SagaRow,
  builder: TransitionBuilder,
  { envelope, origin }: Incoming,
  nowMs: number,
): Finished {
  const now = new Date(nowMs);
  const contextChanged =
    builder.context !== row.context && JSON.stringify(builder.context) !== JSON.stringify(row.context);
  const { state } = builder;
  const moved = state !== row.state;
  const migrated = definition.version !== row.definitionVersion;
  const status = definition.statusOf(state);
  const ended = status === 'completed' || status === 'failed';
  const { awaiting, timers } = builder;
  const live =
    !ended ||
    Object.keys(awaiting).length > 0 ||
    Object.keys(timers).length > 0 ||
    builder.stuck !== null ||
    builder.paused;
  const change: Change = {
    ...(contextChanged && { context: builder.context }),
    ...(builder.stuck !== row.stuck && { stuck: builder.stuck }),
    ...(builder.lastFailure !== row.lastFailure &&
      builder.lastFailure !== null && { lastFailure: builder.lastFailure }),
    ...(builder.resent.length > 0 && { resent: builder.resent }),
    ...(builder.gaveUp.length > 0 && { gaveUp: builder.gaveUp }),
    ...(builder.paused !== row.paused && { paused: builder.paused }),
    ...(builder.braked !== undefined && { braked: builder.braked }),
    ...(builder.heldNow.length > 0 && { held: builder.heldNow }),
    ...(builder.skipping !== undefined && { skipped: builder.skipping }),
    ...(builder.editing.length > 0 && { edited: builder.editing }),
    ...(migrated && { migrated: { from: row.definitionVersion, to: definition.version } }),
  };
  return {
    row: {
      ...row,
      definitionVersion: definition.version,
      version: builder.version,
      revision:
        moved || contextChanged || migrated || builder.editing.length > 0 ? builder.version : row.revision,
      state,
      status,
      context: builder.context,
      pending: builder.pending(),
      stuck: builder.stuck,
      lastFailure: builder.lastFailure,
      paused: builder.paused,
      stateSince: moved ? now : row.stateSince,
      endedAt: ended ? (row.endedAt ?? now) : null,
    },
    entry: {
      sagaId: row.id,
      messageId: envelope.id,
      version: builder.version,
      at: now,
      type: envelope.type,
      fromState: row.state,
      toState: state,
      message: envelope,
      change,
      out: builder.out,
      origin,
    },
    dueAt: live
      ? new Date(Math.min(nowMs + FIRST_CHECK_MS, ...Object.values(timers).map(({ at }) => at)))
      : null,
  };
}
