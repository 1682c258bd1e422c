/** Describes partitions just assigned: the group's committed offset, and the log's start and end. */
import type { TimedOffset, TopicPartition } from './brokers.ts';
import type { OffsetReader } from './offsets.ts';

const WITHIN_MS = 10_000;

export interface AssignedPartition {
  readonly partition: number;
  /** null: the group has committed none. */
  readonly committed: number | null;
  /** The offset of the oldest record kept, and of the next record to come. */
  readonly logStart: number;
  readonly logEnd: number;
  /** The identity of the log's topic; null: the brokers report none. */
  readonly topicId: string | null;
}

/** The brokers' view of the partitions just assigned, of one topic. */
export interface AssignedLogs {
  /** Reads their state, anew at each call. */
  describe(): Promise<readonly AssignedPartition[]>;
  /** A partition's first record that was accepted then or later; null: there is none. */
  firstSince(partition: number, since: Date): Promise<TimedOffset | null>;
}

/**
 * Reads the partitions of one topic from the brokers.
 * @throws when they do not answer within ten seconds
 */
export async function describeAssigned(
  reader: Pick<OffsetReader, 'committedOffsets' | 'logOffsets' | 'topicId'>,
  group: string,
  assigned: readonly TopicPartition[],
): Promise<AssignedPartition[]> {
  const byPartition = (offsets: ReadonlyArray<{ partition: number; offset: number }>) =>
    new Map(offsets.map(({ partition, offset }) => [partition, offset]));
  // First, and not from the cache: the offsets are of this topic, or of one that came after it.
  const topicId = assigned[0] === undefined ? null : await reader.topicId(assigned[0].topic, WITHIN_MS);
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
    topicId,
  }));
}

/** The first record that was accepted then or later; null: there is none. */
export function firstSince(
  reader: Pick<OffsetReader, 'firstSince'>,
  partition: TopicPartition,
  since: Date,
): Promise<TimedOffset | null> {
  return reader.firstSince(partition, since.getTime(), WITHIN_MS);
}
