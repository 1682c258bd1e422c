/** The issuer while nobody has noticed yet that coupon-request was recreated: between a fetch and the commit of what it brought. */
import { expect } from 'chai';
import { describeAssigned, firstSince } from '#platform/kafka/assigned.ts';
import { COUPON_PRODUCER, ISSUER_CONSUMER } from '#platform/kafka/client-settings.ts';
import { type ConsumerClient, connectConsumer } from '#platform/kafka/consumer-client.ts';
import { type OffsetReader, openOffsetReader } from '#platform/kafka/offsets.ts';
import { openPublisher, type Placement, type PlacingPublisher } from '#platform/kafka/publisher.ts';
import { handleConfirmed, type TopicWatch, watchTopic } from '#platform/kafka/topic-watch.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { partitionOf, uuidv7 } from '#protocol/ids.ts';
import { Published } from '#runtime/testing/commands.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { startProcess } from '#runtime/testing/process.ts';
import { openTestTopics, type TestTopics } from '#runtime/testing/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { FAILED, ISSUED, REQUESTS, requestIdOf, requestMessage, STOCK } from '../events.ts';
import type { AcceptedRequest } from './answer.ts';
import { handleCouponRequests } from './issuer.ts';
import { readAnswers } from './read-answers.ts';
import { sqlIssuingUnitOfWork } from './sql-issuer-store.ts';
import { campaignStore, couponReads } from './sql-store.ts';
import { startAtCheckpoints } from './start-at-checkpoints.ts';
import { newCampaign } from './testing/requests.ts';

const GROUP = 'coupon-issuer';
const PARTITION = 3;
/** The clock notices nothing in these tests. */
const NEVER_MS = 3_600_000;

describe('an issuer that has not noticed that coupon-request was recreated', () => {
  let topics: TestTopics;
  let database: TestDatabase;
  let publisher: PlacingPublisher;
  let offsets: OffsetReader;
  let consumer: ConsumerClient;
  let watch: TopicWatch;
  let handle: (records: readonly InRecord[]) => Promise<unknown>;
  let reasons: string[];
  let campaignId: string;

  beforeEach(async () => {
    topics = await openTestTopics(REQUESTS, ISSUED, FAILED, STOCK, 'dead-letters', 'clock');
    database = await openTestDatabase();
    const kafka = { ...topics, clientId: 'a-test', log: silent };
    publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
    offsets = await openOffsetReader(kafka);
    consumer = await connectConsumer({ ...kafka, group: GROUP, settings: ISSUER_CONSUMER, onLost: () => {} });
    reasons = [];
    const campaign = newCampaign(1_000);
    await campaignStore(database.db, openPrisma(database.db)).create(campaign, null);
    campaignId = campaign.id;
    await begin();
  });
  afterEach(async () => {
    await watch.close();
    await consumer.close();
    await offsets.close();
    await publisher.close();
    await database.close();
    await topics.close();
  });

  /** Reads and decides one partition, as the process does; only the clock's check is missing. */
  const begin = async () => {
    const topic = topics.prefix + REQUESTS;
    const place = { topic, partition: PARTITION };
    const [begun, logs, highest] = [new Map(), new Map(), new Map()];
    const unitOfWork = sqlIssuingUnitOfWork(database.db);
    const [log, now] = [silent, () => Date.now()];
    const cache = { write: async () => 0 };
    const issuer = { unitOfWork, publisher: new Published(), cache, begun, logs, highest, log, now };
    watch = watchTopic({
      reader: offsets,
      topic,
      onReplaced: (reason) => void reasons.push(reason),
      log,
      everyMs: NEVER_MS,
    });
    handle = handleConfirmed((records) => handleCouponRequests({ ...issuer, newId: uuidv7 }, records), watch);
    const brokersNow = async () => new Date();
    const { at } = await startAtCheckpoints({ ...issuer, brokersNow }).startAt({
      async describe() {
        const described = await describeAssigned(offsets, topics.prefix + GROUP, [place]);
        watch.expect(described[0]?.topicId ?? null);
        return described;
      },
      firstSince: (_, since) => firstSince(offsets, place, since),
    });
    consumer.assign([{ topic: REQUESTS, partition: PARTITION, offset: at.get(PARTITION) ?? -1 }]);
  };
  /** Publishes requests of so many new users, all in the partition. */
  let userNumber = 0;
  const request = async (count: number): Promise<AcceptedRequest[]> => {
    const users: string[] = [];
    while (users.length < count) {
      const userId = `user ${++userNumber}`;
      if (partitionOf(userId) === PARTITION) users.push(userId);
    }
    const idOf = (userId: string) => requestIdOf(campaignId, userId, 'once');
    const placements = await publisher.publishPlaced(
      users.map((userId) => requestMessage(idOf(userId), { campaignId, userId }, new Date())),
    );
    return users.map((userId, i) => {
      const { partition, offset, timestamp } = placements[i] as Placement;
      return { id: idOf(userId), campaignId, userId, partition, offset, acceptedAt: new Date(timestamp) };
    });
  };
  const recreate = async () => {
    await topics.recreate(REQUESTS);
    await publisher.close();
    const kafka = { ...topics, clientId: 'a-test', log: silent };
    publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
  };
  /** The next records, whatever the client reports meanwhile: the topic is gone for a moment. */
  const read = (): Promise<InRecord[]> =>
    waitUntil(
      () => consumer.consume(1_000).catch(() => []),
      ({ length }) => length > 0,
      { everyMs: 1 },
    );
  const noticed = () =>
    waitUntil(
      () => reasons,
      ({ length }) => length > 0,
    );
  const answersTo = async (requests: readonly AcceptedRequest[]) => {
    const answers = await readAnswers(couponReads(database.db), requests);
    return [...new Set(answers.map((one) => (one.state === 'failed' ? one.reason : one.state)))];
  };
  /** What a new process answers, once it has decided everything. */
  const answersAfterStart = async (requests: readonly AcceptedRequest[]) => {
    const issuer = await startProcess('participants/coupon/issuing/main.ts', {
      KAFKA_PREFIX: topics.prefix,
      KAFKA_BROKERS: topics.brokers,
      DATABASE_URL: database.url,
    });
    return waitUntil(
      () => answersTo(requests),
      (answers) => !answers.includes('pending'),
    ).finally(() => issuer.end('SIGKILL'));
  };

  it('decides no record of the new log, which the client reads where it read the old one', async () => {
    const decided = await request(5);
    await handle(await read());
    expect(await answersTo(decided)).to.deep.equal(['issued']);
    consumer.pause([{ topic: REQUESTS, partition: PARTITION }]);
    const unread = await request(3);
    await recreate();
    const after = await request(20);
    consumer.resume([{ topic: REQUESTS, partition: PARTITION }]);
    const records = await read();
    expect(records[0]?.offset, 'where the client goes on').to.equal(5);
    expect(records[0]?.key).to.equal(after[5]?.userId);

    const handling = handle(records);
    await Promise.race([noticed(), handling]);
    expect(await answersTo([...unread, ...after])).to.deep.equal(['pending']);
    await watch.close();
    await handling;
    expect(await answersAfterStart(unread)).to.deep.equal(['lost']);
    expect(await answersAfterStart(after)).to.deep.equal(['issued']);
  });

  it('decides no record of the old log either, once the topic is another one', async () => {
    const unread = await request(3);
    const records = await read();
    await recreate();
    const handling = handle(records);
    await Promise.race([noticed(), handling]);
    await watch.close();
    await handling;
    expect(await answersTo(unread)).to.deep.equal(['pending']);
    const after = await request(1);
    expect(await answersAfterStart(after)).to.deep.equal(['issued']);
    expect(await answersTo(unread)).to.deep.equal(['lost']);
  });
});
