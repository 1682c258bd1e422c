/** The metrics of a process, in Prometheus' text format. Base units, `_total` for counters, no ids as labels. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';

export const registry = new Registry();
/** The event loop's delay is looked at ten times a second, not a hundred: that woke idle processes for 0.5 % of a core each. */
collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });

const registers = [registry];
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export const sagasStarted = new Counter({ name: 'saga_started_total', help: 'Sagas begun', registers });
export const sagasFinished = new Counter({
  name: 'saga_finished_total',
  help: 'Sagas ended, by how',
  labelNames: ['outcome'] as const,
  registers,
});
export const sagaDuration = new Histogram({
  name: 'saga_duration_seconds',
  help: 'From acceptance to the end',
  labelNames: ['outcome'] as const,
  buckets: SECONDS,
  registers,
});
export const stepDuration = new Histogram({
  name: 'saga_step_duration_seconds',
  help: 'From a command to its answer, by command type and what was answered',
  labelNames: ['step', 'outcome'] as const,
  buckets: SECONDS,
  registers,
});
export const sagasStuck = new Counter({
  name: 'saga_marked_stuck_total',
  help: 'Sagas marked stuck, by state',
  labelNames: ['state'] as const,
  registers,
});
export const fenceRefusals = new Counter({
  name: 'saga_fence_refusals_total',
  help: 'Transitions refused because the row had moved on: another engine was faster',
  registers,
});
export const unmatched = new Counter({
  name: 'saga_unmatched_total',
  help: 'Messages that held no ticket and changed nothing, by type and why',
  labelNames: ['type', 'reason'] as const,
  registers,
});
export const definitionKnown = new Gauge({
  name: 'saga_definition_known',
  help: 'Definition versions this engine knows: 1',
  labelNames: ['definition', 'version'] as const,
  registers,
});
export const definitionActive = new Gauge({
  name: 'saga_definition_active_version',
  help: 'The version new sagas begin under',
  labelNames: ['definition'] as const,
  registers,
});
export const unknownVersions = new Gauge({
  name: 'saga_unknown_version_met',
  help: 'Messages of sagas whose version no live engine knows, set aside since this one started: alert above 0',
  labelNames: ['definition', 'version'] as const,
  registers,
});
export const checkFailures = new Counter({
  name: 'saga_check_failures_total',
  help: 'Sagas the sweeper could not look at, by why; each is tried again after a growing delay',
  labelNames: ['reason'] as const,
  registers,
});
export const stallsFound = new Counter({
  name: 'saga_stalls_found_total',
  help: 'Sagas found beyond the normal of their state with no error anywhere, by state',
  labelNames: ['state'] as const,
  registers,
});
export const resends = new Counter({
  name: 'saga_resends_total',
  help: 'Commands sent again, by type',
  labelNames: ['type'] as const,
  registers,
});
export const deadLetters = new Counter({
  name: 'dead_letters_total',
  help: 'Messages parked, by topic and reason',
  labelNames: ['topic', 'reason'] as const,
  registers,
});
export const clockDifference = new Gauge({
  name: 'clock_difference_seconds',
  help: "The brokers' clock less this machine's, as compared at start-up",
  registers,
});
export const sagasActive = new Gauge({
  name: 'saga_active',
  help: 'Sagas somebody may still have to look at, by state',
  labelNames: ['state'] as const,
  registers,
});
export const sagasStuckNow = new Gauge({
  name: 'saga_stuck',
  help: 'Sagas that need a person, by state',
  labelNames: ['state'] as const,
  registers,
});
export const sagasStalledNow = new Gauge({
  name: 'saga_stalled',
  help: 'Sagas beyond the normal of their state with no error anywhere, by state',
  labelNames: ['state'] as const,
  registers,
});
export const sagasPausedNow = new Gauge({ name: 'saga_paused', help: 'Sagas a person paused', registers });
export const oldestActive = new Gauge({
  name: 'saga_oldest_active_seconds',
  help: 'Age of the oldest saga that has not ended; 0 when all have',
  registers,
});
export const consumerLag = new Gauge({
  name: 'kafka_consumer_lag',
  help: 'Records of a topic that a group has not read yet',
  labelNames: ['group', 'topic'] as const,
  registers,
});
export const messagesHandled = new Counter({
  name: 'messages_handled_total',
  help: 'Messages taken from a topic',
  labelNames: ['topic'] as const,
  registers,
});
export const batchSize = new Histogram({
  name: 'batch_size',
  help: 'Messages in a batch',
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
  registers,
});
export const transactionDuration = new Histogram({
  name: 'batch_transaction_seconds',
  help: 'From reading a batch to its commit',
  buckets: SECONDS,
  registers,
});
export const publishDuration = new Histogram({
  name: 'batch_publish_seconds',
  help: 'From a commit to the acknowledgement of what it sends',
  buckets: SECONDS,
  registers,
});
export const httpDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'HTTP requests by route and status',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: SECONDS,
  registers,
});
export const intakeQueue = new Gauge({
  name: 'intake_queue_length',
  help: 'Orders waiting for a group commit',
  registers,
});
export const couponRequests = new Counter({
  name: 'coupon_requests_total',
  help: 'Requests for coupons, by what they met at the door: taken, or why not',
  labelNames: ['outcome'] as const,
  registers,
});
export const couponRequestQueue = new Gauge({
  name: 'coupon_request_queue_length',
  help: 'Requests for coupons waiting for their group',
  registers,
});
export const websocketConnections = new Gauge({
  name: 'websocket_connections',
  help: 'Open WebSockets',
  registers,
});
export const websocketsRefused = new Counter({
  name: 'websocket_refused_total',
  help: 'WebSockets that were not opened, by the problem',
  labelNames: ['reason'] as const,
  registers,
});
export const websocketsCut = new Counter({
  name: 'websocket_cut_total',
  help: 'WebSockets that we closed, by why',
  labelNames: ['reason'] as const,
  registers,
});
export const resultsTold = new Counter({
  name: 'coupon_results_told_total',
  help: 'Results told over WebSockets, by how they became known: heard from the topics, or looked up',
  labelNames: ['source'] as const,
  registers,
});
