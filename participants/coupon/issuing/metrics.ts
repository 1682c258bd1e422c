/** The issuer's metrics. */
import { Counter, Gauge, Histogram, registry } from '#platform/process/metrics.ts';

const registers = [registry];

export const claims = new Counter({
  name: 'coupon_claims_total',
  help: 'Requests decided, by what came of them',
  labelNames: ['result'] as const,
  registers,
});
export const repeats = new Counter({
  name: 'coupon_answers_repeated_total',
  help: 'Requests that came again after they were decided, and were answered from the rows',
  registers,
});
export const lostRequests = new Counter({
  name: 'coupon_requests_lost_total',
  help: 'Requests nobody could decide: they left the log unread, or were parked. Alert on any',
  registers,
});
export const orderError = new Histogram({
  name: 'coupon_order_error_seconds',
  help: 'By how much a batch came after requests accepted later, which another issuer had decided: first come, first served is wrong by this',
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
  registers,
});
export const decisionAge = new Histogram({
  name: 'coupon_decision_age_seconds',
  help: 'From the acceptance of the oldest request of a batch to its decision',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
  registers,
});
export const cacheUnwritten = new Counter({
  name: 'coupon_cache_unwritten_total',
  help: 'Writes to Redis that failed; the next write or the refresh repairs what they left out',
  registers,
});
export const campaignsRefreshed = new Gauge({
  name: 'coupon_campaigns_refreshed',
  help: 'Campaigns whose cache were written to Redis anew at the last refresh',
  registers,
});
