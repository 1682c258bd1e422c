/**
 * The registry of a process's metrics, in the OpenMetrics format (for exemplars: the ids of traces), with Node's own. Every other metric stands beside the
 * code that sets it. Base units, `_total` for counters, no ids as labels.
 */
import { collectDefaultMetrics, Registry } from '@prometheus-io/client';

/** For metrics beside their code: `new Counter({ …, registers: [registry] })`. */
export { Counter, Gauge, Histogram } from '@prometheus-io/client';

export const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
// Samples the event loop's delay ten times a second: at the default of 100 it cost an idle process 0.5 % of a core. Samples its
// utilization once a second, for one window of quantiles: at the defaults of ten and five that cost 0.3 %, and each scrape twice as much.
collectDefaultMetrics({
  register: registry,
  eventLoopMonitoringPrecision: 100,
  eventLoopUtilizationTimeout: 1_000,
  eventLoopUtilizationAgeBuckets: 1,
});

/**
 * The exemplar of an observation: the trace in which it was made; none without. The library's types take only the metric's own
 * labels for it, though OpenMetrics has others.
 */
export function exemplarOf(traceId: string | null | undefined): Record<never, string> {
  return traceId ? { trace_id: traceId } : {};
}

/** Buckets for durations, s: from a statement to a saga. */
export const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
