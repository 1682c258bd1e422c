/** Reads what topics hold since an instant, up to their present ends, in no group: nothing is committed. */
import type { KafkaSecurity } from '#platform/connections/kafka-security.ts';
import { GENERAL_CONSUMER } from '#platform/kafka/client-settings.ts';
import { connectConsumer } from '#platform/kafka/consumer-client.ts';
import { openOffsetReader } from '#platform/kafka/offsets.ts';
import type { Logger } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';

const ANSWER_WITHIN_MS = 30_000;
/** Of silence, while records are known to be left. */
const SILENT_MS = 60_000;
const READ_MAX = 5_000;

/** How to reach the brokers. */
export interface Brokers {
  readonly brokers: string;
  readonly prefix: string;
  readonly security?: KafkaSecurity;
  readonly log: Logger;
}

/** A topic's records, and where each group whose offsets are wanted has read to. */
export interface Logs {
  /** By the brokers' clock; those of one partition in its order. */
  readonly records: readonly InRecord[];
  /** Committed offsets by `group topic/partition`. */
  readonly committed: ReadonlyMap<string, number>;
}

/**
 * @param groups the groups whose committed offsets are wanted, with their topics
 * @throws Error when the brokers do not answer, or stop to
 */
export async function readLogs(
  kafka: Brokers,
  topics: readonly string[],
  sinceMs: number,
  groups: ReadonlyArray<{ readonly group: string; readonly topics: readonly string[] }>,
): Promise<Logs> {
  const { prefix } = kafka;
  const reader = await openOffsetReader({ ...kafka, clientId: 'rewind-ends' });
  try {
    const places = await reader.partitionsOf(
      topics.map((topic) => prefix + topic),
      ANSWER_WITHIN_MS,
    );
    const ends = await reader.logOffsets('end', places, ANSWER_WITHIN_MS);
    const firsts = await Promise.all(
      places.map((place) => reader.firstSince(place, sinceMs, ANSWER_WITHIN_MS)),
    );
    const ranges = places.flatMap(({ topic, partition }, nth) => {
      const from = firsts[nth]?.offset;
      const end = ends.find((one) => one.topic === topic && one.partition === partition)?.offset ?? 0;
      return from === undefined || from >= end
        ? []
        : [{ topic: topic.slice(prefix.length), partition, from, end }];
    });
    const committed = new Map<string, number>();
    for (const { group, topics: read } of groups) {
      const wanted = places.filter(({ topic }) => read.includes(topic.slice(prefix.length)));
      for (const one of await reader.committedOffsets(prefix + group, wanted, ANSWER_WITHIN_MS))
        committed.set(`${group} ${one.topic.slice(prefix.length)}/${one.partition}`, one.offset);
    }
    return { records: await readRanges(kafka, ranges), committed };
  } finally {
    await reader.close();
  }
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly end: number;
}

async function readRanges(kafka: Brokers, ranges: readonly Range[]): Promise<InRecord[]> {
  if (ranges.length === 0) return [];
  const consumer = await connectConsumer({
    ...kafka,
    clientId: 'rewind',
    // The client requires one; nothing joins it or commits to it.
    group: 'rewind',
    settings: { ...GENERAL_CONSUMER, offsetReset: 'error' },
    withHeaders: true,
    onLost: () => {},
  });
  try {
    consumer.assign(ranges.map(({ topic, partition, from: offset }) => ({ topic, partition, offset })));
    const left = new Map(ranges.map((range) => [`${range.topic}/${range.partition}`, range.end]));
    const found: InRecord[] = [];
    let receivedAt = performance.now();
    while (left.size > 0) {
      const records = await consumer.consume(READ_MAX);
      if (records.length > 0) receivedAt = performance.now();
      else if (performance.now() - receivedAt > SILENT_MS)
        throw new Error(
          `the brokers have gone silent, and ${[...left.keys()].join(', ')} are not read to their ends`,
        );
      for (const record of records) {
        const place = `${record.topic}/${record.partition}`;
        const end = left.get(place);
        if (end === undefined) continue;
        if (record.offset < end) found.push(record);
        if (record.offset >= end - 1) left.delete(place);
      }
    }
    // Within a partition time never goes back, so the order of each partition stays.
    return found.sort((a, b) => a.timestamp - b.timestamp || orderIn(a, b));
  } finally {
    await consumer.close();
  }
}

function orderIn(a: InRecord, b: InRecord): number {
  return a.topic === b.topic && a.partition === b.partition ? a.offset - b.offset : 0;
}
