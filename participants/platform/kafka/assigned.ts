/** What is known of partitions just assigned: where the group was, and where the log begins and ends. */
import type { Assignment, KafkaConsumer, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import { committedOffsets, offsetsAt } from './offsets.ts';

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
  const [committed, starts, ends] = await Promise.all([
    committedOffsets(consumer, assigned, TIMEOUT_MS),
    offsetsAt(consumer, 'start', assigned, TIMEOUT_MS),
    offsetsAt(consumer, 'end', assigned, TIMEOUT_MS),
  ]);
  const at = (offsets: readonly TopicPartitionOffset[], { topic, partition }: Assignment) =>
    offsets.find((one) => one.topic === topic && one.partition === partition)?.offset ?? null;
  return assigned.map((place) => ({
    partition: place.partition,
    committed: at(committed, place),
    logStart: at(starts, place) ?? 0,
    logEnd: at(ends, place) ?? 0,
  }));
}
