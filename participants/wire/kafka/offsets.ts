/** Asks the brokers, through any consumer, where logs begin and end. */
import type { KafkaConsumer, TopicPartitionOffset } from '@confluentinc/kafka-javascript';

/** Instants by which the protocol means the two ends of a log. */
const INSTANTS = { start: -2, end: -1 } as const;

/** What is answered of a partition; the type declarations lack the error. */
type Found = TopicPartitionOffset & { readonly error?: { readonly message: string } };

/**
 * The offset of the oldest record that is still there (`start`), or of the next one to come (`end`), of each partition.
 * One request a broker, however many partitions.
 * @throws when the brokers do not answer in time, or not about one of them
 */
export async function offsetsAt(
  consumer: KafkaConsumer,
  where: keyof typeof INSTANTS,
  partitions: ReadonlyArray<{ topic: string; partition: number }>,
  timeoutMs: number,
): Promise<TopicPartitionOffset[]> {
  const wanted = partitions.map(({ topic, partition }) => ({ topic, partition, offset: INSTANTS[where] }));
  const found = await new Promise<Found[]>((resolve, reject) => {
    consumer.offsetsForTimes(wanted, timeoutMs, (error, some) => (error ? reject(error) : resolve(some)));
  });
  const failed = found.find(({ error }) => error !== undefined);
  if (failed?.error !== undefined)
    throw new Error(`${failed.topic}/${failed.partition}: ${failed.error.message}`);
  return found.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
}

/**
 * What a consumer's group has committed, partitions without an offset left out.
 * @throws when the group's coordinator does not answer in time
 */
export async function committedOffsets(
  consumer: KafkaConsumer,
  partitions: ReadonlyArray<{ topic: string; partition: number }>,
  timeoutMs: number,
): Promise<TopicPartitionOffset[]> {
  const wanted = partitions.map(({ topic, partition }) => ({ topic, partition }));
  const found = await new Promise<TopicPartitionOffset[]>((resolve, reject) => {
    consumer.committed(wanted, timeoutMs, (error, some) => (error ? reject(error) : resolve(some)));
  });
  // The client's words for none are a negative number, or nothing.
  return found.filter(({ offset }) => Number.isFinite(offset) && offset >= 0);
}
