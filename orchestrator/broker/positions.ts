/** Asks the brokers how far logs reach and how far groups have read. */
import kafka from '@confluentinc/kafka-javascript';
import type { Place, Positions } from '../engine/ports.ts';

const TIMEOUT_MS = 5_000;

const CONNECT_TIMEOUT_MS = 60_000;

/**
 * Positions over Kafka's admin protocol. `prefix` is in front of every topic and group name.
 *
 * The admin client borrows a consumer that reads nothing: one of its own brings the process down (SIGSEGV in
 * librdkafka, which looks for its group) when it asks for offsets while a group's coordinator moves, as it does whenever
 * a broker dies.
 * @throws when no broker answers within a minute
 */
export async function brokerPositions(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
}): Promise<Positions & { close(): Promise<void> }> {
  const { prefix = '' } = options;
  const onlooker = new kafka.KafkaConsumer(
    {
      'metadata.broker.list': options.brokers,
      'client.id': `${options.clientId}-positions`,
      'group.id': `${prefix}positions`,
      'enable.auto.commit': false,
    },
    {},
  );
  // What is wrong is said by the request that fails of it.
  onlooker.on('event.error', () => {});
  await new Promise<void>((resolve, reject) =>
    onlooker.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve())),
  );
  const admin = kafka.AdminClient.createFrom(onlooker);
  const key = ({ topic, partition }: Place) => `${topic.slice(prefix.length)}/${partition}`;

  const offsets = (places: readonly Place[], offset: kafka.OffsetSpec) =>
    new Promise<Map<string, number>>((resolve, reject) => {
      const wanted = places.map(({ topic, partition }) => ({ topic: prefix + topic, partition, offset }));
      admin.listOffsets(wanted, { timeout: TIMEOUT_MS }, (error, found) => {
        const failed = error ?? found.find((one) => one.error)?.error;
        if (failed) reject(new Error(failed.message));
        else resolve(new Map(found.map((one) => [key(one), one.offset])));
      });
    });

  return {
    ends: (places) =>
      places.length === 0 ? Promise.resolve(new Map()) : offsets(places, kafka.OffsetSpec.LATEST),

    async read(group, places) {
      if (places.length === 0) return new Map();
      const starts = await offsets(places, kafka.OffsetSpec.EARLIEST);
      const wanted = places.map(({ topic, partition }) => ({ topic: prefix + topic, partition }));
      const committed = await new Promise<kafka.GroupResults | undefined>((resolve, reject) => {
        const request = [{ groupId: prefix + group, partitions: wanted }];
        admin.listConsumerGroupOffsets(request, { timeout: TIMEOUT_MS }, (error, found) => {
          if (error) reject(error);
          else resolve(found[0]);
        });
      });
      const read = new Map(starts);
      for (const { topic, partition, offset } of committed?.partitions ?? []) {
        const place = key({ topic, partition });
        // No committed offset is -1001: the group has read nothing.
        if (offset !== null && offset > (read.get(place) ?? 0)) read.set(place, offset);
      }
      return read;
    },

    async close() {
      admin.disconnect();
      await new Promise<void>((resolve) => onlooker.disconnect(() => resolve()));
    },
  };
}
