/** The metrics of the engine: of sagas, their steps, and the sweeper. */
import { Counter, Gauge, Histogram, registry, SECONDS } from '#platform/process/metrics.ts';

const registers = [registry];

export const sagasStarted = new Counter({ name: 'saga_started_total', help: 'Sagas started', registers });
export const sagasFinished = new Counter({
  name: 'saga_finished_total',
  help: 'Sagas ended, by outcome',
  labelNames: ['outcome'] as const,
  registers,
});
export const sagasTurnedBack = new Counter({
  name: 'saga_turned_back_total',
  help: 'Sagas that began to fail, by cause: refused (by a participant), cancelled (by the customer), timed-out, operator',
  labelNames: ['cause'] as const,
  registers,
});
export const sagaDuration = new Histogram({
  name: 'saga_duration_seconds',
  help: 'Time from acceptance to the end of a saga',
  labelNames: ['outcome'] as const,
  buckets: SECONDS,
  enableExemplars: true,
  registers,
});
export const stepDuration = new Histogram({
  name: 'saga_step_duration_seconds',
  help: 'Time from a command to its reply, by command type and reply type',
  labelNames: ['step', 'outcome'] as const,
  buckets: SECONDS,
  enableExemplars: true,
  registers,
});
export const sagasStuck = new Counter({
  name: 'saga_marked_stuck_total',
  help: 'Sagas marked stuck, by state',
  labelNames: ['state'] as const,
  registers,
});
export const compensationFailures = new Counter({
  name: 'saga_compensation_failures_total',
  help: 'Undos that were not done (refused, or no longer true), by type: each needs an operator',
  labelNames: ['type'] as const,
  registers,
});
export const fenceRefusals = new Counter({
  name: 'saga_fence_refusals_total',
  help: 'Saga updates that the version check refused because another engine had moved the row',
  registers,
});
export const unmatched = new Counter({
  name: 'saga_unmatched_total',
  help: 'Messages that matched nothing their saga awaited, by type and reason',
  labelNames: ['type', 'reason'] as const,
  registers,
});
export const unknownVersions = new Gauge({
  name: 'saga_unknown_version_met',
  help: 'Messages of sagas whose version no live engine supports: alert above 0',
  labelNames: ['definition', 'version'] as const,
  registers,
});
export const checkFailures = new Counter({
  name: 'saga_check_failures_total',
  help: 'Sagas the sweeper failed to check, by reason; it retries each after a growing delay',
  labelNames: ['reason'] as const,
  registers,
});
export const stallsFound = new Counter({
  name: 'saga_stalls_found_total',
  help: 'Sagas found stalled (longer in their state than normal, without an error), by state',
  labelNames: ['state'] as const,
  registers,
});
export const resends = new Counter({
  name: 'saga_resends_total',
  help: 'Commands resent, by type',
  labelNames: ['type'] as const,
  registers,
});
