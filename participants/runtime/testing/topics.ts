/** Creates topics on a real broker for one test, under a fresh prefix, and deletes them at its end. */
import { randomBytes } from 'node:crypto';
import { createTopics, deleteTopics } from '#platform/kafka/admin.ts';
import { TOPICS } from '#protocol/topics.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';

export interface TestTopics {
  readonly brokers: string;
  /** The value of KAFKA_PREFIX. */
  readonly prefix: string;
  /** Deletes a topic and creates it anew: its log is another one, and starts at offset 0. */
  readonly recreate: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Creates the named topics of the product. */
export async function openTestTopics(...names: string[]): Promise<TestTopics> {
  const brokers = process.env.KAFKA_BROKERS ?? (await stackUp({ name: 'test' })).kafka;
  const prefix = `t${randomBytes(4).toString('hex')}.`;
  const create = (some: readonly string[]) =>
    createTopics({ brokers, prefix, topics: TOPICS.filter(({ name }) => some.includes(name)) });
  const drop = (some: readonly string[]) => deleteTopics({ brokers, prefix, topics: some });
  await create(names);
  return {
    brokers,
    prefix,
    async recreate(name) {
      await drop([name]);
      await create([name]);
    },
    // A topic left behind does no harm: every test has its own prefix.
    close: () => drop(names).catch(() => {}),
  };
}
