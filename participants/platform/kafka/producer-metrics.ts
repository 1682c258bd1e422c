/** The metrics of a process's producers. */
import { Counter, Gauge, Histogram, registry, SECONDS } from '../process/metrics.ts';

const registers = [registry];

/** Counts what each open producer still has to send. */
export const openQueues = new Set<() => number>();
new Gauge({
  name: 'kafka_producer_queue_records',
  help: 'Records that the producers of this process have not been acknowledged for yet',
  registers,
  collect() {
    this.set([...openQueues].reduce((sum, count) => sum + count(), 0));
  },
});
export const produceDuration = new Histogram({
  name: 'kafka_producer_request_seconds',
  help: 'Time from a produce request to its response, by outcome: ok, rejected (some batch of it), unanswered',
  labelNames: ['outcome'] as const,
  buckets: SECONDS,
  registers,
});
export const produceRetries = new Counter({
  name: 'kafka_producer_retries_total',
  help: 'Batches to send again, by reason: no-leader, no-identity, rejected, unanswered',
  labelNames: ['reason'] as const,
  registers,
});
export const produceThrottled = new Counter({
  name: 'kafka_producer_throttled_seconds_total',
  help: 'Time for which brokers delayed produce requests because of a quota',
  registers,
});
