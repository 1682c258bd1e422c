/** Asks the brokers how far logs reach and how far groups have read. */
import kafka from '@confluentinc/kafka-javascript';
import type { Place, Positions } from '../engine/ports.ts';

const TIMEOUT_MS = 5_000;

/** Positions over Kafka's admin protocol. `prefix` is in front of every topic and group name. */
export function brokerPositions(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
}): Positions & { close(): void } {
  const { prefix = '' } = options;
  const admin = kafka.AdminClient.create({
    'metadata.broker.list': options.brokers,
    'client.id': options.clientId,
  });
  const key = ({ topic, partition }: Place) => `${topic.slice(prefix.length)}/${partition}`;

  const offsets = (places: readonly Place[], offset: kafka.OffsetSpec) =>
    new Promise<Map<string, number>>((resolve, reject) => {
      const wanted = places.map(({ topic, partition }) => ({ topic: prefix + topic, partition, offset }));
      admin.listOffsets(wanted, { timeout: TIMEOUT_MS }, (error, found) => {
        if (error) reject(error);
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

    close: () => admin.disconnect(),
  };
}
