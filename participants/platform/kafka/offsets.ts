/** Asks the brokers, through any consumer, where logs begin and end, and how far its group has read. */
import type { KafkaConsumer, TopicPartitionOffset } from '@confluentinc/kafka-javascript';

/** Instants by which the protocol means the two ends of a log. */
const INSTANTS = { start: -2, end: -1 } as const;

type Place = Readonly<{ topic: string; partition: number }>;

/**
 * The offset of the oldest record that is still there (`start`), or of the next one to come (`end`), of each partition.
 * One request a broker, however many partitions.
 * @throws when the brokers do not answer in time, or not about one of them
 */
export async function offsetsAt(
  consumer: KafkaConsumer,
  where: keyof typeof INSTANTS,
  partitions: readonly Place[],
  timeoutMs: number,
): Promise<TopicPartitionOffset[]> {
  const wanted = partitions.map(({ topic, partition }) => ({ topic, partition, offset: INSTANTS[where] }));
  const found = answered(
    await new Promise<TopicPartitionOffset[]>((resolve, reject) => {
      consumer.offsetsForTimes(wanted, timeoutMs, (error, some) => (error ? reject(error) : resolve(some)));
    }),
  );
  // Unanswered without an error a partition would keep the instant that was asked for: an end before every record.
  const without = found.find(({ offset }) => !isOffset(offset));
  if (without !== undefined) throw new Error(`no offset is known of ${without.topic}/${without.partition}`);
  return found;
}

/**
 * What a consumer's group has committed, partitions without an offset left out.
 * @throws when the group's coordinator does not answer in time, or not about one of them
 */
export async function committedOffsets(
  consumer: KafkaConsumer,
  partitions: readonly Place[],
  timeoutMs: number,
): Promise<TopicPartitionOffset[]> {
  const wanted = partitions.map(({ topic, partition }) => ({ topic, partition }));
  const found = await new Promise<TopicPartitionOffset[]>((resolve, reject) => {
    consumer.committed(wanted, timeoutMs, (error, some) => (error ? reject(error) : resolve(some)));
  });
  // The client's words for none are a negative number, or nothing.
  return answered(found).filter(({ offset }) => isOffset(offset));
}

/** Where a partition could not be told of, the client puts an Error in its place, and calls the whole a success. */
function answered(found: ReadonlyArray<TopicPartitionOffset | Error>): TopicPartitionOffset[] {
  return found.map((one) => {
    if (one instanceof Error) throw one;
    return one;
  });
}

function isOffset(offset: unknown): boolean {
  return Number.isSafeInteger(offset) && (offset as number) >= 0;
}
