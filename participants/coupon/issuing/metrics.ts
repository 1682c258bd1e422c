/** The issuer's metrics. */
import { Counter, Gauge, Histogram, registry } from '#platform/process/metrics.ts';

const registers = [registry];

export const claims = new Counter({
  name: 'coupon_claims_total',
  help: 'Requests decided, by result',
  labelNames: ['result'] as const,
  registers,
});
export const repeats = new Counter({
  name: 'coupon_answers_repeated_total',
  help: 'Requests read again after their decision, and answered from the rows',
  registers,
});
export const lostRequests = new Counter({
  name: 'coupon_requests_lost_total',
  help: 'Requests that no issuer could decide: they left the log unread, or were parked. Alert on any',
  registers,
});
export const logsReplaced = new Counter({
  name: 'coupon_logs_replaced_total',
  help: 'Partitions of coupon-request whose log was replaced or cut short: requests of the old log that were not decided are answered `lost`, and their number is unknown. Alert on any',
  registers,
});
export const orderError = new Histogram({
  name: 'coupon_order_error_seconds',
  help: 'How long before the latest request decided by any issuer the oldest request of a batch was accepted: the error of first come, first served between issuers',
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
  registers,
});
export const decisionAge = new Histogram({
  name: 'coupon_decision_age_seconds',
  help: 'Time from the acceptance of the oldest request of a batch to its decision',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
  registers,
});
export const cacheUnwritten = new Counter({
  name: 'coupon_cache_unwritten_total',
  help: 'Failed writes to Redis; the next write or the refresh repairs them',
  registers,
});
export const campaignsRefreshed = new Gauge({
  name: 'coupon_campaigns_refreshed',
  help: 'Campaigns that the last refresh wrote to Redis',
  registers,
});
