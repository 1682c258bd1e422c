/** Reads and writes raw records for end-to-end tests, as any Kafka client would. */
import kafka from '@confluentinc/kafka-javascript';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import type { OutMessage } from '#protocol/envelope.ts';

const QUIET_MS = 2_000;

/** A record with its headers as text. */
export interface Read {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** All records of some topics up to their present ends, in the order of each partition. Topic names without prefix. */
export async function readTopics(
  brokers: string,
  prefix: string,
  topics: readonly string[],
): Promise<Read[]> {
  const consumer = new kafka.KafkaConsumer(
    {
      'metadata.broker.list': brokers,
      'group.id': `${prefix}reader-${Date.now()}`,
      'enable.auto.commit': false,
    },
    { 'auto.offset.reset': 'earliest' },
  );
  await new Promise<void>((resolve, reject) =>
    consumer.connect({}, (error) => (error ? reject(error) : resolve())),
  );
  consumer.subscribe(topics.map((topic) => prefix + topic));
  consumer.setDefaultConsumeTimeout(500);
  const records: Read[] = [];
  let quietSince = Date.now();
  while (Date.now() - quietSince < (records.length === 0 ? 4 : 1) * QUIET_MS) {
    const some = await new Promise<kafka.Message[]>((resolve, reject) =>
      consumer.consume(1000, (error, messages) => (error ? reject(error) : resolve(messages))),
    );
    if (some.length > 0) quietSince = Date.now();
    for (const { topic, key, value, headers } of some) {
      const named = (headers ?? []).flatMap((header) =>
        Object.entries(header).map(([name, text]) => [name, String(text)]),
      );
      const own = topic.slice(prefix.length);
      records.push({
        topic: own,
        key: String(key ?? ''),
        value: value ?? Buffer.alloc(0),
        headers: Object.fromEntries(named),
      });
    }
  }
  await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
  return records;
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
    profile: ORDER_PRODUCER,
    log: silent,
  });
  await publisher.publish(messages);
  await publisher.close();
}
