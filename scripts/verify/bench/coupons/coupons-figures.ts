/** The figures of a run of coupons. */
import { type CommonFigures, commonFigures, sinceDue } from '../common-figures.ts';
import type { Spread } from '../percentiles.ts';
import type { RunRecord } from '../run-record.ts';
import type { Schedule } from '../schedule.ts';
import type { MeasuredRequest } from './judge-coupons.ts';
import { outcomeOf } from './result-log.ts';

export interface Figures extends CommonFigures {
  /** From the scheduled time until the result came on a WebSocket, ms: all, and those with and without a coupon. */
  readonly answered: Spread | null;
  readonly issued: Spread | null;
  readonly failed: Spread | null;
  /** 202s within the window, a second. */
  readonly acceptedPerSecond: number;
}

/** The counts of the measured requests. */
export interface Counts {
  readonly users: number;
  /** Requests of users who had made one before. */
  readonly repeats: number;
  readonly issued: number;
  /** By reason. */
  readonly failed: Readonly<Record<string, number>>;
  /** By reason: the failed requests that the API refused at once, from its cache. */
  readonly refusedByApi: Readonly<Record<string, number>>;
}

/** Works the figures out. `hasCoupon`: whether a request of the whole plan won a coupon. */
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
    answered: sinceDue(plan, record.endedAt),
    issued: sinceDue(plan, record.endedAt, hasCoupon),
    failed: sinceDue(plan, record.endedAt, (request) => !hasCoupon(request)),
    acceptedPerSecond: Math.round(answered.length / ((toMs - fromMs) / 1000)),
  };
}

/** Counts the results of requests. */
export function countsOf(requests: readonly MeasuredRequest[]): Counts {
  const users = new Set(requests.map(({ userId }) => userId)).size;
  const failed: Record<string, number> = {};
  const refusedByApi: Record<string, number> = {};
  let issued = 0;
  for (const { result, ref } of requests) {
    if (ref?.refused !== undefined) refusedByApi[ref.refused] = (refusedByApi[ref.refused] ?? 0) + 1;
    if (result === undefined) continue;
    const outcome = outcomeOf(result);
    if (outcome === 'issued') issued += 1;
    else failed[outcome] = (failed[outcome] ?? 0) + 1;
  }
  return { users, repeats: requests.length - users, issued, failed, refusedByApi };
}
