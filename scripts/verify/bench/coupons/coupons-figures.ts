/** The figures of a run of coupons. */
import { type CommonFigures, commonFigures, sinceDue } from '../common-figures.ts';
import type { Spread } from '../percentiles.ts';
import type { RunRecord } from '../run-record.ts';
import type { Schedule } from '../schedule.ts';
import type { Asked } from './judge-coupons.ts';
import { sayingOf } from './result-log.ts';

export interface Figures extends CommonFigures {
  /** From the scheduled time until the result came on a WebSocket, ms: all, and those with and without a coupon. */
  readonly told: Spread | null;
  readonly issued: Spread | null;
  readonly failed: Spread | null;
  /** 202s within the window, a second. */
  readonly acceptedPerSecond: number;
}

/** What came of the measured requests. */
export interface Counts {
  readonly users: number;
  /** Requests of users who had asked before. */
  readonly repeats: number;
  readonly issued: number;
  /** By reason. */
  readonly failed: Readonly<Record<string, number>>;
  /** By reason: those among the failed that the API refused at the door, from what Redis remembers. */
  readonly atTheDoor: Readonly<Record<string, number>>;
}

/** Works out the figures. `hasCoupon` says of a request of the whole plan whether it was told of one. */
export function figuresOf(
  plan: Schedule,
  record: RunRecord,
  hasCoupon: (request: number) => boolean,
): Figures {
  const { fromMs, toMs } = plan;
  const answered = record.answeredAt.filter(
    (at, request) => record.statuses[request] === 202 && at >= fromMs && at < toMs,
  );
  return {
    ...commonFigures(plan, record),
    told: sinceDue(plan, record.endedAt),
    issued: sinceDue(plan, record.endedAt, hasCoupon),
    failed: sinceDue(plan, record.endedAt, (request) => !hasCoupon(request)),
    acceptedPerSecond: Math.round(answered.length / ((toMs - fromMs) / 1000)),
  };
}

/** Counts what came of requests. */
export function countsOf(asked: readonly Asked[]): Counts {
  const users = new Set(asked.map(({ userId }) => userId)).size;
  const failed: Record<string, number> = {};
  const atTheDoor: Record<string, number> = {};
  let issued = 0;
  for (const { told, ref } of asked) {
    if (ref?.refused !== undefined) atTheDoor[ref.refused] = (atTheDoor[ref.refused] ?? 0) + 1;
    if (told === undefined) continue;
    const saying = sayingOf(told);
    if (saying === 'issued') issued += 1;
    else failed[saying] = (failed[saying] ?? 0) + 1;
  }
  return { users, repeats: asked.length - users, issued, failed, atTheDoor };
}
