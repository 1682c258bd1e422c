/** The issuer after coupon-request was deleted and created anew: the requests of the new log are decided, none is answered from the old one's. */

import { expect } from 'chai';
import { COUPON_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Placement, type PlacingPublisher } from '#platform/kafka/publisher.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { silent } from '#platform/process/log.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { openTestTopics, type TestTopics } from '#runtime/testing/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { FAILED, ISSUED, REQUESTS, requestIdOf, requestMessage, STOCK } from '../events.ts';
import type { AcceptedRequest } from './answer.ts';
import { readAnswers } from './read-answers.ts';
import { campaignStore, couponReads } from './sql-store.ts';
import { newCampaign } from './testing/requests.ts';

const MAIN = 'participants/coupon/issuing/main.ts';

describe('the coupon issuer on a recreated coupon-request', () => {
  let topics: TestTopics;
  let database: TestDatabase;
  let publisher: PlacingPublisher;
  let issuer: TestProcess | null = null;

  beforeEach(async () => {
    topics = await openTestTopics(REQUESTS, ISSUED, FAILED, STOCK, 'dead-letters', 'clock');
    database = await openTestDatabase();
    publisher = await openPublisher({
      ...topics,
      clientId: 'a-test',
      settings: COUPON_PRODUCER,
      log: silent,
    });
  });
  afterEach(async () => {
    await end('SIGKILL');
    await publisher.close();
    await database.close();
    await topics.close();
  });

  const start = async () => {
    issuer = await startProcess(MAIN, {
      KAFKA_PREFIX: topics.prefix,
      KAFKA_BROKERS: topics.brokers,
      DATABASE_URL: database.url,
    });
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    await issuer?.end(signal);
    issuer = null;
  };
  const recreate = async () => {
    await topics.recreate(REQUESTS);
    await publisher.close();
    publisher = await openPublisher({
      ...topics,
      clientId: 'a-test',
      settings: COUPON_PRODUCER,
      log: silent,
    });
  };
  const campaignOf = async (total: number) => {
    const campaign = newCampaign(total);
    await campaignStore(database.db, openPrisma(database.db)).create(campaign, null);
    return campaign.id;
  };
  /** Publishes one request a user; as the API sees them. */
  const request = async (campaignId: string, users: readonly string[]): Promise<AcceptedRequest[]> => {
    const idOf = (userId: string) => requestIdOf(campaignId, userId, 'once');
    const placements = await publisher.publishPlaced(
      users.map((userId) => requestMessage(idOf(userId), { campaignId, userId }, new Date())),
    );
    return users.map((userId, i) => {
      const { partition, offset, timestamp } = placements[i] as Placement;
      return { id: idOf(userId), campaignId, userId, partition, offset, acceptedAt: new Date(timestamp) };
    });
  };
  const answersTo = async (requests: readonly AcceptedRequest[]) =>
    (await readAnswers(couponReads(database.db), requests)).map((answer) =>
      answer.state === 'failed' ? answer.reason : answer.state,
    );
  const settled = (requests: readonly AcceptedRequest[]) =>
    waitUntil(
      () => answersTo(requests),
      (answers) => !answers.includes('pending'),
    );
  const users = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name} ${i}`);
  const epoch = () => couponReads(database.db).epoch();

  for (const [how, count] of [
    ['longer', 200],
    ['shorter', 3],
  ] as const) {
    it(`decides a log that is ${how} than the old one, and answers what the old one left undecided as lost`, async () => {
      const old = await campaignOf(10);
      await start();
      const decided = await request(old, users(60, 'early'));
      expect((await settled(decided)).filter((answer) => answer === 'issued')).to.have.length(10);
      await end('SIGTERM');
      const undecided = await request(old, users(20, 'unread'));
      const before = await epoch();
      await recreate();
      const campaignId = await campaignOf(1_000);
      const winner = decided[(await answersTo(decided)).indexOf('issued')]?.userId ?? '';
      const after = await request(campaignId, users(count, 'new'));
      const again = await request(old, [winner]);
      await start();
      expect(new Set(await settled(after))).to.deep.equal(new Set(['issued']));
      expect(await settled(again), 'a winner of the old log, under the same key').to.deep.equal(['issued']);
      expect(new Set(await settled(undecided))).to.deep.equal(new Set(['lost']));
      expect((await answersTo(decided)).filter((answer) => answer === 'sold-out')).to.have.length(50);
      expect(await epoch()).not.to.equal(before);
    });
  }

  it('notices that the topic is recreated while it runs: it ends, and started again decides the new log', async () => {
    const campaignId = await campaignOf(1_000);
    await start();
    await settled(await request(campaignId, users(60, 'early')));
    await recreate();
    const after = await request(campaignId, users(200, 'new'));
    // Until it notices, it may go on in the new log at its old offset.
    await waitUntil(
      async () => {
        const isUp = await fetch(`${issuer?.url}/livez`).catch(() => null);
        if (isUp === null) await start();
        return answersTo(after);
      },
      (seen) => seen.every((answer) => answer === 'issued'),
      { everyMs: 200 },
    );
  });
});
