/** The gauges of a consumer group's lag, set by whichever process measures it. */
import { Gauge, registry } from '../process/metrics.ts';

export const consumerLag = new Gauge({
  name: 'kafka_consumer_lag',
  help: 'Records of a topic that a consumer group has not read yet; every engine measures all groups',
  labelNames: ['group', 'topic'] as const,
  registers: [registry],
});
export const consumerLagAge = new Gauge({
  name: 'kafka_consumer_lag_seconds',
  help: 'How long the oldest unread record of a topic has waited for a consumer group, to 15 s; 0 without one',
  labelNames: ['group', 'topic'] as const,
  registers: [registry],
});
