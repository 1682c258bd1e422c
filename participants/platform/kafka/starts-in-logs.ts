/**
 * Where a group begins in logs whose records nobody sends again. A committed offset is one of a log, and Kafka keeps it under the
 * topic's name: a commit that arrives just after the topic was recreated stands for the new log, and its first records would
 * be passed over. So each commit names the topic's identity, and one that names another identity than the present one does not count.
 */
import type { Logger } from '../process/log.ts';
import type { TopicPartition } from './brokers.ts';
import type { Assignment } from './consumer-client.ts';
import type { OffsetReader } from './offsets.ts';

const WITHIN_MS = 10_000;

/**
 * The partitions as assigned; with the start of their log where the group's offset was committed for another one. An offset without
 * an identity counts: an operator, or an earlier version, has committed it.
 * @param topicIds the present identities, by topic name; null: unknown
 * @param prefix in front of the names of topics at the brokers
 * @throws when the brokers do not answer within ten seconds
 */
export async function startsInLogs(
  reader: Pick<OffsetReader, 'committedOffsets' | 'logOffsets'>,
  group: string,
  assigned: readonly TopicPartition[],
  topicIds: ReadonlyMap<string, string | null>,
  { prefix, log }: { readonly prefix: string; readonly log: Logger },
): Promise<Assignment[]> {
  const named = assigned.map(({ topic, partition }) => ({ topic: prefix + topic, partition }));
  const committed = await reader.committedOffsets(group, named, WITHIN_MS);
  const ofOther = committed.filter(({ topic, topicId }) => {
    const present = topicIds.get(topic.slice(prefix.length)) ?? null;
    return present !== null && topicId !== null && topicId !== present;
  });
  if (ofOther.length === 0) return [...assigned];
  const starts = await reader.logOffsets('start', ofOther, WITHIN_MS);
  return assigned.map((one) => {
    const isOne = (other: TopicPartition) =>
      other.topic === prefix + one.topic && other.partition === one.partition;
    const start = starts.find(isOne);
    if (start === undefined) return one;
    log.warn('offset-of-another-log', {
      topic: one.topic,
      partition: one.partition,
      committed: ofOther.find(isOne)?.offset,
      start: start.offset,
    });
    return { ...one, offset: start.offset };
  });
}
