/** The issuer's process on a real broker: killed, doubled and restored, every request is answered, and always the same. */

import { expect } from 'chai';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { COUPON_PRODUCER, GENERAL_CONSUMER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { silent } from '#platform/process/log.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { openTestTopics, type TestTopics } from '#runtime/testing/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { FAILED, ISSUED, REQUESTS, requestIdOf, requestMessage, STOCK } from '../events.ts';
import { campaignStore, couponReads } from './sql-store.ts';
import { newCampaign } from './testing/requests.ts';

const MAIN = 'participants/coupon/issuing/main.ts';

describe("the coupon issuer's process", () => {
  let topics: TestTopics;
  let database: TestDatabase;
  let publisher: Publisher;
  let reader: BatchConsumer;
  /** The different published results of the test's campaign, by event id. */
  const answers = new Map<string, Set<string>>();
  let campaignUnderTest = '';
  const running: TestProcess[] = [];

  before(async () => {
    topics = await openTestTopics(REQUESTS, ISSUED, FAILED, STOCK, 'dead-letters', 'clock');
    database = await openTestDatabase();
    const kafka = { ...topics, clientId: 'a-test', log: silent };
    publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
    reader = await consumeBatches({
      ...kafka,
      group: 'a-test',
      topics: [ISSUED, FAILED],
      settings: GENERAL_CONSUMER,
      async handle(records) {
        for (const { value } of records) {
          const text = String(value);
          const { id, data } = JSON.parse(text);
          // A killed issuer of an earlier test may publish its results again.
          if (data.campaignId === campaignUnderTest)
            answers.set(id, (answers.get(id) ?? new Set()).add(text));
        }
        return { published: Promise.resolve() };
      },
    });
  });
  beforeEach(() => answers.clear());
  afterEach(async () => {
    for (const process of running.splice(0)) await process.end('SIGKILL');
  });
  after(async () => {
    await reader.close();
    await publisher.close();
    await database.close();
    await topics.close();
  });

  const start = async () => {
    const process = await startProcess(MAIN, {
      KAFKA_PREFIX: topics.prefix,
      KAFKA_BROKERS: topics.brokers,
      DATABASE_URL: database.url,
    });
    running.push(process);
    return process;
  };
  const publishRequests = async (campaignId: string, from: number, to: number) => {
    for (let i = from; i < to; i += 100) {
      const some = Array.from({ length: Math.min(100, to - i) }, (_, j) => `user ${i + j}`);
      await publisher.publish(
        some.map((userId) =>
          requestMessage(requestIdOf(campaignId, userId, 'once'), { campaignId, userId }, new Date()),
        ),
      );
    }
  };
  const issued = () =>
    [...answers.values()].filter((texts) => [...texts][0]?.includes('"coupon.issued"')).length;
  const campaignOf = async (total: number) => {
    const campaign = newCampaign(total);
    await campaignStore(database.db, openPrisma(database.db)).create(campaign, null);
    campaignUnderTest = campaign.id;
    return campaign.id;
  };
  const issuedOf = async (id: string) => (await couponReads(database.db).campaigns([id]))[0]?.issued;

  it('answers every request, each with one result, through a kill under load', async () => {
    const campaignId = await campaignOf(1_500);
    const first = await start();
    const publishing = publishRequests(campaignId, 0, 4_000);
    await waitUntil(
      () => answers.size,
      (count) => count > 300,
    );
    await first.end('SIGKILL');
    await publishing;
    await start();
    await waitUntil(
      () => answers.size,
      (count) => count === 4_000,
    );
    expect(issued()).to.equal(1_500);
    expect(await issuedOf(campaignId)).to.equal(1_500);
    expect(
      [...answers.values()].filter((texts) => texts.size > 1),
      'answers that differ',
    ).to.deep.equal([]);
  });

  it('decides requests accepted before any issuer or group existed', async () => {
    const campaignId = await campaignOf(5);
    await publishRequests(campaignId, 0, 10);
    await start();
    await waitUntil(
      () => answers.size,
      (count) => count >= 10,
    );
    expect(issued()).to.equal(5);
  });

  it('loses no answer while a second issuer joins and leaves', async () => {
    const campaignId = await campaignOf(700);
    await start();
    const publishing = publishRequests(campaignId, 0, 2_000);
    const second = await start();
    await publishRequests(campaignId, 2_000, 3_000);
    await second.end('SIGTERM');
    await publishRequests(campaignId, 3_000, 3_500);
    await publishing;
    await waitUntil(
      () => answers.size,
      (count) => count === 3_500,
    );
    expect(issued()).to.equal(700);
    expect(await issuedOf(campaignId)).to.equal(700);
    expect([...answers.values()].filter((texts) => texts.size > 1)).to.deep.equal([]);
  });

  it('starts at the checkpoints of a restored database, under a new epoch', async () => {
    const campaignId = await campaignOf(20);
    const reads = couponReads(database.db);
    const [checkpoints, epoch] = [await reads.checkpoints(), await reads.epoch()];
    const first = await start();
    await publishRequests(campaignId, 0, 30);
    await waitUntil(
      () => answers.size,
      (count) => count === 30,
    );
    await first.end('SIGTERM');
    // The state after a restore of a backup from before the requests.
    await database.db.execute('DELETE FROM coupon.coupons WHERE campaign_id = $1::uuid', campaignId);
    await database.db.execute('UPDATE coupon.campaigns SET issued = 0 WHERE id = $1::uuid', campaignId);
    for (const { partition, next } of checkpoints)
      await database.db.execute(
        'UPDATE coupon.checkpoints SET next_offset = $2 WHERE partition = $1',
        partition,
        next,
      );
    answers.clear();
    await start();
    await waitUntil(
      () => answers.size,
      (count) => count === 30,
    );
    expect(issued()).to.equal(20);
    expect(await issuedOf(campaignId)).to.equal(20);
    expect(await reads.epoch()).not.to.equal(epoch);
  });
});
