/** Reads and writes raw records for end-to-end tests. */
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { connectConsumer } from '#platform/kafka/consumer-client.ts';
import { openOffsetReader } from '#platform/kafka/offsets.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import type { OutMessage } from '#protocol/envelope.ts';

const BATCH_MAX = 1_000;
const OFFSETS_WITHIN_MS = 10_000;
const READ_WITHIN_MS = 60_000;
/** Records that a process still publishes belong to the result: it ends with a pause of this length. */
const QUIET_MS = 2_000;

/** A record with its headers as text. */
export interface Read {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * All records of some topics, in the order of each partition: up to their present ends, and on until none came for two
 * seconds. Topic names without prefix.
 */
export async function readTopics(
  brokers: string,
  prefix: string,
  topics: readonly string[],
): Promise<Read[]> {
  const { starts, missing } = await extents(brokers, prefix, topics);
  const consumer = await connectConsumer({
    brokers,
    prefix,
    group: 'reader',
    clientId: 'e2e',
    settings: GENERAL_CONSUMER,
    withHeaders: true,
    log: silent,
    onLost() {
      throw new Error('the reader has lost its brokers');
    },
  });
  try {
    consumer.assign(starts);
    const records: Read[] = [];
    const until = performance.now() + READ_WITHIN_MS;
    let quietSince = performance.now();
    while (missing.size > 0 || performance.now() < quietSince + QUIET_MS) {
      if (performance.now() > until)
        throw new Error(`not read to the end: ${[...missing.keys()].join(', ')}`);
      for (const { topic, partition, offset, key, value, headers } of await consumer.consume(BATCH_MAX)) {
        quietSince = performance.now();
        records.push({ topic, key: key ?? '', value: value ?? Buffer.alloc(0), headers: headers ?? {} });
        if (offset + 1 >= (missing.get(`${topic}/${partition}`) ?? Number.POSITIVE_INFINITY))
          missing.delete(`${topic}/${partition}`);
      }
    }
    return records;
  } finally {
    await consumer.close();
  }
}

/** Where each partition starts, and the ends of those that hold records. Topic names without prefix. */
async function extents(brokers: string, prefix: string, topics: readonly string[]) {
  const reader = await openOffsetReader({ brokers, clientId: 'e2e', log: silent });
  try {
    const names = topics.map((topic) => prefix + topic);
    const partitions = await reader.partitionsOf(names, OFFSETS_WITHIN_MS);
    const own = (topic: string) => topic.slice(prefix.length);
    const starts = (await reader.logOffsets('start', partitions, OFFSETS_WITHIN_MS)).map((one) => ({
      ...one,
      topic: own(one.topic),
    }));
    const started = new Map(starts.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
    const ends = (await reader.logOffsets('end', partitions, OFFSETS_WITHIN_MS)).map(
      ({ topic, partition, offset }) => [`${own(topic)}/${partition}`, offset] as const,
    );
    return { starts, missing: new Map(ends.filter(([key, end]) => end > (started.get(key) ?? 0))) };
  } finally {
    await reader.close();
  }
}

/** Publishes messages and waits for the acknowledgements. */
export async function publishAll(
  brokers: string,
  prefix: string,
  messages: readonly OutMessage[],
): Promise<void> {
  const publisher = await openPublisher({
    brokers,
    prefix,
    clientId: 'e2e',
    settings: ORDER_PRODUCER,
    log: silent,
  });
  await publisher.publish(messages);
  await publisher.close();
}
