/** Counts what sagas do, for the metrics. */
import {
  sagaDuration,
  sagasFinished,
  sagasStarted,
  sagasStuck,
  stepDuration,
} from '../../participants/wire/metrics.ts';
import type { Move } from './ports.ts';

/** Counts durable moves: begun, ended and how, marked stuck, and how long each answered command took. */
export function observeMoves(moves: readonly Move[], nowMs: number): void {
  for (const { before, after, entries } of moves) {
    if (before.version === 0) sagasStarted.inc();
    if (after.endedAt !== null && before.endedAt === null) {
      sagasFinished.inc({ outcome: after.status });
      sagaDuration.observe({ outcome: after.status }, (nowMs - after.createdAt.getTime()) / 1000);
    }
    if (after.stuck !== null && before.stuck === null) sagasStuck.inc({ state: after.state });
    for (const { message } of entries) {
      const awaited =
        message.commandid === undefined ? undefined : before.tickets.awaiting[message.commandid];
      // A notice leaves its command awaited: it is no answer.
      if (awaited === undefined || notices(message)) continue;
      stepDuration.observe({ step: awaited.type, outcome: message.type }, (nowMs - awaited.issuedAt) / 1000);
    }
  }
}
