/** Notification on a topic that is deleted and created anew while it reads: it passes over no event of the new log. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
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

describe('notification on a recreated topic', function () {
  this.timeout(120_000);
  let topics: TestTopics;
  let database: TestDatabase;
  let folder: string;
  let notification: TestProcess;

  before(async () => {
    topics = await openTestTopics(...END_TOPICS, 'dead-letters', 'clock');
    database = await openTestDatabase('notification.mails');
    folder = await mkdtemp(join(tmpdir(), 'mails-'));
  });
  after(async () => {
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

  it('mails every order of the new log, also where the old one was read further', async () => {
    await start();
    const before = await publish(200);
    await waitUntil(() => unsent(before), isZero, { withinMs: 30_000 });
    await topics.recreate(TOPIC);
    const after = await publish(600);
    await waitUntil(
      async () => {
        // It ends, and a supervisor starts it again.
        if ((await fetch(`${notification.url}/livez`).catch(() => null)) === null) await start();
        return unsent(after);
      },
      isZero,
      { withinMs: 40_000, everyMs: 200 },
    );
    expect(await unsent(after)).to.equal(0);
  });
});
