/** Creates topics on a real broker for one test, under a fresh prefix, and deletes them at its end. */
import { randomBytes } from 'node:crypto';
import { createTopics } from '#platform/kafka/admin.ts';
import { openAdminClient } from '#platform/kafka/broker-client.ts';
import { silent } from '#platform/process/log.ts';
import { TOPICS } from '#protocol/topics.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';

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
      const client = await openAdminClient({ brokers, clientId: 'test', log: silent });
      // A topic left behind does no harm: every test has its own prefix.
      await client.deleteTopics(names.map((name) => prefix + name)).catch(() => {});
      await client.close();
    },
  };
}
