/** The metrics of the coupon API and its WebSockets. */
import { Counter, Gauge, registry } from '#platform/process/metrics.ts';

const registers = [registry];

export const couponRequests = new Counter({
  name: 'coupon_requests_total',
  help: 'Requests for coupons, by outcome: accepted, unknown, or the reason of the refusal',
  labelNames: ['outcome'] as const,
  registers,
});
export const couponRequestQueue = new Gauge({
  name: 'coupon_request_queue_length',
  help: 'Requests for coupons in the queue of the group commit',
  registers,
});
export const websocketConnections = new Gauge({
  name: 'websocket_connections',
  help: 'Open WebSockets',
  registers,
});
export const websocketsRefused = new Counter({
  name: 'websocket_refused_total',
  help: 'WebSocket upgrades refused, by problem',
  labelNames: ['reason'] as const,
  registers,
});
export const websocketsCut = new Counter({
  name: 'websocket_cut_total',
  help: 'WebSockets the server closed, by reason',
  labelNames: ['reason'] as const,
  registers,
});
export const resultsDelivered = new Counter({
  name: 'coupon_results_delivered_total',
  help: 'Results delivered over WebSockets, by source: received from the topics, or read from the cache or the rows',
  labelNames: ['source'] as const,
  registers,
});
