/** Metrics of sagas and steps. */

import { replyId } from '#protocol/ids.ts';
import { sagaDuration, sagasFinished, sagasStarted, sagasStuck, stepDuration } from './metrics.ts';
import type { Move } from './ports.ts';

/** Observes durable moves: starts, ends, incidents and the duration of each answered command. */
export function observeMoves(moves: readonly Move[], nowMs: number): void {
  for (const { before, after, entries } of moves) {
    if (before.version === 0) sagasStarted.inc();
    if (after.endedAt !== null && before.endedAt === null) {
      sagasFinished.inc({ outcome: after.status });
      sagaDuration.observe({ outcome: after.status }, (nowMs - after.createdAt.getTime()) / 1000);
    }
    if (after.stuck !== null && before.stuck === null) sagasStuck.inc({ state: after.state });
    for (const { message } of entries) {
      const { id, commandid } = message;
      // A notice names its command too, but does not answer it.
      if (commandid === undefined || id !== replyId(commandid)) continue;
      const awaited = before.pending.awaiting[commandid];
      if (awaited === undefined) continue;
      stepDuration.observe({ step: awaited.type, outcome: message.type }, (nowMs - awaited.issuedAt) / 1000);
    }
  }
}
