/** For tests on the real broker: creates topics under a fresh prefix, and deletes them at the end. */
import { randomBytes } from 'node:crypto';
import kafka from '@confluentinc/kafka-javascript';
import { createTopics } from '#platform/kafka/admin.ts';
import { TOPICS } from '#protocol/topics.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';

const DELETE_WITHIN_MS = 15_000;

export interface TestTopics {
  readonly brokers: string;
  /** The value of KAFKA_PREFIX. */
  readonly prefix: string;
  readonly close: () => Promise<void>;
}

/** Creates the named topics of the product. */
export async function openTestTopics(...names: string[]): Promise<TestTopics> {
  const brokers = process.env.KAFKA_BROKERS ?? (await stackUp({ name: 'test' })).kafka;
  const prefix = `t${randomBytes(4).toString('hex')}.`;
  await createTopics({ brokers, prefix, topics: TOPICS.filter(({ name }) => names.includes(name)) });
  return {
    brokers,
    prefix,
    async close() {
      const admin = kafka.AdminClient.create({ 'metadata.broker.list': brokers });
      const remove = (name: string) =>
        new Promise<void>((resolve) => admin.deleteTopic(prefix + name, DELETE_WITHIN_MS, () => resolve()));
      await Promise.all(names.map(remove));
      admin.disconnect();
    },
  };
}
