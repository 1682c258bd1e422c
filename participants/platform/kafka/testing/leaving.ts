/** For tests: a process with one consumer, which learns where to begin in what its group assigns to it LATE_MS after it has begun to leave, or never. */
import kafka from '@confluentinc/kafka-javascript';
import { silent } from '../../process/log.ts';
import { runProcess } from '../../process/process.ts';
import { consumeBatches } from '../batch-consumer.ts';
import { ISSUER_CONSUMER } from '../client-settings.ts';

const { KAFKA_BROKERS: brokers = '', TOPIC: topic = '', LATE_MS: lateMs } = process.env;
const at = new Map([0, 1, 2].map((partition) => [partition, 0]));
const leaves = Promise.withResolvers<void>();
const { prototype } = kafka.KafkaConsumer;
const { disconnect } = prototype;
prototype.disconnect = function (this: kafka.KafkaConsumer, ...given: unknown[]) {
  if (lateMs !== undefined) setTimeout(leaves.resolve, Number(lateMs));
  return Reflect.apply(disconnect, this, given);
} as typeof disconnect;

await runProcess('leaving', { host: '127.0.0.1', port: 0, level: 'info' }, async (log) => {
  const consumer = await consumeBatches({
    brokers,
    group: `${topic}-readers`,
    topics: [topic],
    clientId: 'leaving',
    settings: ISSUER_CONSUMER,
    handle: async () => ({ published: Promise.resolve() }),
    merged: {
      async startAt() {
        console.log('assigned');
        await (lateMs === undefined ? new Promise(() => {}) : leaves.promise);
        return { at, setsBack: false };
      },
    },
    log: { ...silent, error: log.error },
  });
  return { readiness: () => null, close: [() => consumer.close()] };
});
