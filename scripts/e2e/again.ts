/** Publishes every record of every topic a second time, as a lost offset or a confused producer would. */
import kafka from '@confluentinc/kafka-javascript';
import type { OutMessage } from '../../participants/wire/envelope.ts';
import { ORDER_PRODUCER } from '../../participants/wire/kafka/profiles.ts';
import { openPublisher } from '../../participants/wire/kafka/publisher.ts';
import { silent } from '../../participants/wire/log.ts';
import { DEAD_LETTERS, TOPICS } from '../../participants/wire/topics.ts';

const QUIET_MS = 2_000;

/** Reads all topics with a prefix to their present ends and publishes what was read, in order. Returns how much. */
export async function everythingAgain(brokers: string, prefix: string): Promise<number> {
  const topics = TOPICS.map(({ name }) => name).filter((name) => name !== DEAD_LETTERS);
  const records = await readAll(
    brokers,
    topics.map((name) => prefix + name),
  );
  const publisher = await openPublisher({
    brokers,
    prefix,
    clientId: 'again',
    profile: ORDER_PRODUCER,
    log: silent,
  });
  await publisher.publish(
    records.map(
      (record): OutMessage => ({
        topic: record.topic.slice(prefix.length),
        key: String(record.key ?? ''),
        value: record.value ?? Buffer.alloc(0),
      }),
    ),
  );
  await publisher.close();
  return records.length;
}

async function readAll(brokers: string, topics: string[]): Promise<kafka.Message[]> {
  const consumer = new kafka.KafkaConsumer(
    {
      'metadata.broker.list': brokers,
      'group.id': `again-${process.pid}-${Date.now()}`,
      'enable.auto.commit': false,
    },
    { 'auto.offset.reset': 'earliest' },
  );
  await new Promise<void>((resolve, reject) =>
    consumer.connect({}, (error) => (error ? reject(error) : resolve())),
  );
  consumer.subscribe(topics);
  consumer.setDefaultConsumeTimeout(500);
  const records: kafka.Message[] = [];
  let quietSince = Date.now();
  while (records.length === 0 || Date.now() - quietSince < QUIET_MS) {
    const some = await new Promise<kafka.Message[]>((resolve, reject) =>
      consumer.consume(1000, (error, messages) => (error ? reject(error) : resolve(messages))),
    );
    if (some.length > 0) quietSince = Date.now();
    records.push(...some);
  }
  await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
  return records;
}
