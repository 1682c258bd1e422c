/** Describes partitions just assigned: the group's committed offset, and the log's start and end. */
import type { TopicPartition } from './brokers.ts';
import type { OffsetReader } from './offsets.ts';

const WITHIN_MS = 10_000;

export interface AssignedPartition {
  readonly partition: number;
  /** null: the group has committed none. */
  readonly committed: number | null;
  /** The offset of the oldest record kept, and of the next record to come. */
  readonly logStart: number;
  readonly logEnd: number;
}

/**
 * Reads the partitions of one topic from the brokers.
 * @throws when they do not answer within ten seconds
 */
export async function describeAssigned(
  reader: Pick<OffsetReader, 'committedOffsets' | 'logOffsets'>,
  group: string,
  assigned: readonly TopicPartition[],
): Promise<AssignedPartition[]> {
  const byPartition = (offsets: ReadonlyArray<{ partition: number; offset: number }>) =>
    new Map(offsets.map(({ partition, offset }) => [partition, offset]));
  const [committed, starts, ends] = await Promise.all([
    reader.committedOffsets(group, assigned, WITHIN_MS).then(byPartition),
    reader.logOffsets('start', assigned, WITHIN_MS).then(byPartition),
    reader.logOffsets('end', assigned, WITHIN_MS).then(byPartition),
  ]);
  return assigned.map(({ partition }) => ({
    partition,
    committed: committed.get(partition) ?? null,
    logStart: starts.get(partition) ?? 0,
    logEnd: ends.get(partition) ?? 0,
  }));
}
