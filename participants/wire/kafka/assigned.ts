/** What is known of partitions just assigned: where the group was, and where the log begins and ends. */
import type { Assignment, KafkaConsumer } from '@confluentinc/kafka-javascript';

const TIMEOUT_MS = 10_000;

export interface AssignedPartition {
  readonly partition: number;
  /** The group's committed offset; null: none. */
  readonly committed: number | null;
  /** The offset of the oldest record that is still there, and that of the next one to come. */
  readonly logStart: number;
  readonly logEnd: number;
}

/**
 * Asks the brokers.
 * @throws when they do not answer within ten seconds
 */
export async function describeAssigned(
  consumer: KafkaConsumer,
  assigned: readonly Assignment[],
): Promise<AssignedPartition[]> {
  const places = assigned.map(({ topic, partition }) => ({ topic, partition }));
  const committed = new Map(
    await new Promise<Array<[number, number]>>((resolve, reject) => {
      consumer.committed(places, TIMEOUT_MS, (error, found) =>
        error ? reject(error) : resolve(found.map(({ partition, offset }) => [partition, Number(offset)])),
      );
    }),
  );
  return Promise.all(
    places.map(async ({ topic, partition }) => {
      const log = await new Promise<{ lowOffset: number; highOffset: number }>((resolve, reject) => {
        consumer.queryWatermarkOffsets(topic, partition, TIMEOUT_MS, (error, found) =>
          error ? reject(error) : resolve(found),
        );
      });
      const at = committed.get(partition) ?? -1;
      return {
        partition,
        // The client's words for none are a negative number, or nothing.
        committed: Number.isFinite(at) && at >= 0 ? at : null,
        logStart: log.lowOffset,
        logEnd: log.highOffset,
      };
    }),
  );
}
