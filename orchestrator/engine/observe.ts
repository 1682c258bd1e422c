/** Metrics of sagas and steps. */

import { exemplarOf } from '#platform/process/metrics.ts';
import { replyId } from '#protocol/ids.ts';
import { readTraceparent } from '#protocol/trace.ts';
import { ACTION, type ActionData, TIMER } from './control.ts';
import {
  compensationFailures,
  sagaDuration,
  sagasFinished,
  sagasStarted,
  sagasStuck,
  sagasTurnedBack,
  stepDuration,
} from './metrics.ts';
import type { Move } from './ports.ts';
import type { JournalEntry, SagaRow } from './saga.ts';

/** Observes durable moves: starts, ends, incidents and the duration of each answered command. */
export function observeMoves(moves: readonly Move[], nowMs: number): void {
  for (const { before, after, entries } of moves) {
    const exemplarLabels = exemplarOf(sampledTraceOf(after));
    const since = (ms: number) => (nowMs - ms) / 1000;
    if (before.version === 0) sagasStarted.inc();
    if (after.endedAt !== null && before.endedAt === null) {
      const labels = { outcome: after.status };
      sagasFinished.inc(labels);
      sagaDuration.observe({ labels, value: since(after.createdAt.getTime()), exemplarLabels });
    }
    if (before.status === 'running' && (after.status === 'compensating' || after.status === 'failed'))
      sagasTurnedBack.inc({ cause: causeOf(entries) });
    if (after.stuck !== null && before.stuck === null) sagasStuck.inc({ state: after.state });
    for (const [id, { type }] of Object.entries(after.pending.refusedUndos))
      if (before.pending.refusedUndos[id] === undefined) compensationFailures.inc({ type });
    for (const { message } of entries) {
      const { id, commandid } = message;
      // A notice names its command too, but does not answer it.
      if (commandid === undefined || id !== replyId(commandid)) continue;
      const awaited = before.pending.awaiting[commandid];
      if (awaited === undefined) continue;
      const labels = { step: awaited.type, outcome: message.type };
      stepDuration.observe({ labels, value: since(awaited.issuedAt), exemplarLabels });
    }
  }
}

/** What turned a saga back: a timer, a person, or else the reply of a participant that refused. */
function causeOf(entries: readonly JournalEntry[]): string {
  const turns = ({ type, fromState, toState }: JournalEntry) =>
    fromState !== toState && (type === TIMER || type === ACTION);
  const turn = entries.find(turns);
  if (turn === undefined) return 'refused';
  if (turn.type === TIMER) return 'timed-out';
  return (turn.message.data as ActionData).action === 'cancel' ? 'cancelled' : 'operator';
}

/** The trace of a saga whose spans are recorded. */
function sampledTraceOf({ traceparent }: SagaRow): string | null {
  const context = readTraceparent(traceparent);
  return context?.isSampled === true ? context.traceId : null;
}
