/** The gauge of a consumer group's lag, set by whichever process measures it. */
import { Gauge, registry } from '../process/metrics.ts';

export const consumerLag = new Gauge({
  name: 'kafka_consumer_lag',
  help: 'Records of a topic that a consumer group has not read yet',
  labelNames: ['group', 'topic'] as const,
  registers: [registry],
});
