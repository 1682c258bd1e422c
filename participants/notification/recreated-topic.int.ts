/** Notification on a topic that is deleted and created anew while it reads: it passes over no event of the new log. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { connectConsumer } from '#platform/kafka/consumer-client.ts';
import { openOffsetReader } from '#platform/kafka/offsets.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { openTestTopics, type TestTopics } from '#runtime/testing/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { END_TOPICS } from './event.ts';
import { endRecord } from './testing/ends.ts';

const TOPIC = 'order-completed';
const WITHIN_MS = 10_000;

describe('notification on a recreated topic', () => {
  let topics: TestTopics;
  let database: TestDatabase;
  let folder: string;
  let notification: TestProcess;

  beforeEach(async () => {
    topics = await openTestTopics(...END_TOPICS, 'dead-letters', 'clock');
    database = await openTestDatabase('notification.mails');
    folder = await mkdtemp(join(tmpdir(), 'mails-'));
  });
  afterEach(async () => {
    await notification?.end('SIGKILL');
    await rm(folder, { recursive: true });
    await database.close();
    await topics.close();
  });

  const start = async () => {
    notification = await startProcess('participants/notification/main.ts', {
      KAFKA_PREFIX: topics.prefix,
      KAFKA_BROKERS: topics.brokers,
      DATABASE_URL: database.url,
      MAIL_DIR: folder,
    });
  };
  /** Publishes the ends of so many orders. */
  const publish = async (count: number): Promise<string[]> => {
    const ids = Array.from({ length: count }, () => uuidv7(Date.now()));
    const kafka = { ...topics, clientId: 'a-test', log: silent };
    const publisher = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
    await publisher.publish(
      ids.map((id) => ({ topic: TOPIC, key: id, value: String(endRecord(id, 'order.completed').value) })),
    );
    await publisher.close();
    return ids;
  };
  /** How many of some orders have no mail. */
  const unsent = async (ids: readonly string[]) => {
    const files = await readdir(folder, { recursive: true });
    const sent = new Set(files.map((path) => path.split('/').at(-1)?.slice(0, 36)));
    return ids.filter((id) => !sent.has(id)).length;
  };
  const isZero = (count: number) => count === 0;
  /** What the group has committed of the topic, with the identity that each commit names. */
  const committed = async () => {
    const reader = await openOffsetReader({ brokers: topics.brokers, clientId: 'a-test', log: silent });
    try {
      const partitions = await reader.partitionsOf([topics.prefix + TOPIC], WITHIN_MS);
      return await reader.committedOffsets(`${topics.prefix}notification`, partitions, WITHIN_MS);
    } finally {
      await reader.close();
    }
  };
  /** Commits for a group without members. */
  const commit = async (offsets: Awaited<ReturnType<typeof committed>>) => {
    const accepted = Promise.withResolvers<void>();
    const client = await connectConsumer({
      brokers: topics.brokers,
      clientId: 'a-test',
      group: `${topics.prefix}notification`,
      settings: GENERAL_CONSUMER,
      onLost: () => accepted.reject(new Error('it has lost its brokers')),
      onCommitted: (error) =>
        error === null ? accepted.resolve() : accepted.reject(new Error(error.message)),
      log: silent,
    });
    client.commit(offsets, new Map(offsets.map(({ topic, topicId }) => [topic, topicId])));
    // The client calls back while it reads.
    const reading = setInterval(() => void client.consume(1).catch(() => {}), 200);
    await accepted.promise.finally(() => clearInterval(reading));
    await client.close();
  };

  it('mails every order of the new log, also where the old one was read further', async () => {
    await start();
    const before = await publish(200);
    await waitUntil(() => unsent(before), isZero);
    await topics.recreate(TOPIC);
    const after = await publish(600);
    await waitUntil(
      async () => {
        // It ends, and a supervisor starts it again.
        if ((await fetch(`${notification.url}/livez`).catch(() => null)) === null) await start();
        return unsent(after);
      },
      isZero,
      { everyMs: 200 },
    );
    expect(await unsent(after)).to.equal(0);
  });

  // Regression: a commit for the log that was just deleted stood for its successor, and as many of that one's records had no mail.
  it('mails every order of the new log, also where a commit of the old one arrived after it', async () => {
    await start();
    const before = await publish(200);
    await waitUntil(() => unsent(before), isZero);
    await notification.end('SIGTERM');
    const old = await committed();
    expect(old.reduce((sum, { offset }) => sum + offset, 0)).to.equal(200);
    await topics.recreate(TOPIC);
    // Kafka forgets a deleted topic's offsets in a while, and would forget these too.
    await waitUntil(committed, ({ length }) => length === 0, { everyMs: 200 });
    await commit(old);
    expect(await committed()).to.deep.equal(old);
    const after = await publish(600);
    await start();
    await waitUntil(() => unsent(after), isZero, { everyMs: 200 });
  });
});
