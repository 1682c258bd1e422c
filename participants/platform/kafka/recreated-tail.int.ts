/** The tail of topics, one of which is recreated while it is read: no record of the new log is passed over, and none of the others comes twice. */
import { expect } from 'chai';
import { openTestTopics, type TestTopics } from '#runtime/testing/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { silent } from '../process/log.ts';
import { COUPON_PRODUCER, REALTIME_CONSUMER } from './client-settings.ts';
import { openPublisher, type Publisher } from './publisher.ts';
import { consumeTail, type TailConsumer } from './tail-consumer.ts';

const [RECREATED, OTHER] = ['coupon-issued', 'coupon-failed'];

describe('the tail of a recreated topic', () => {
  let topics: TestTopics;
  let tail: TailConsumer;
  let publisher: Publisher;
  let seen: string[];
  before(async () => {
    topics = await openTestTopics(RECREATED, OTHER);
    seen = [];
    const kafka = { ...topics, clientId: 'a-test', log: silent };
    publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
    tail = await consumeTail({
      ...kafka,
      topics: [RECREATED, OTHER],
      settings: REALTIME_CONSUMER,
      linger: { busyPerSecond: 500, fullPerSecond: 2_000, longestMs: 8 },
      handle: (records) => void seen.push(...records.map(({ value }) => String(value))),
      positioned: () => {},
      failed: (error) => expect.fail(String(error)),
    });
  });
  after(async () => {
    await tail?.close();
    await publisher?.close();
    await topics.close();
  });

  /** Publishes so many records. */
  const publish = async (topic: string, name: string, count: number) => {
    const values = Array.from({ length: count }, (_, nth) => `${name}-${nth}`);
    await publisher.publish(values.map((value, nth) => ({ topic, key: `user-${nth}`, value })));
    return values;
  };
  const missing = (values: readonly string[]) => {
    const all = new Set(seen);
    return values.filter((value) => !all.has(value)).length;
  };

  const none = (count: number) => count === 0;
  /** Recreates the one topic, and publishes to both at once. */
  const recreated = async (count: number, name: string) => {
    await topics.recreate(RECREATED);
    const after = await Promise.all([publish(RECREATED, name, count), publish(OTHER, `beside-${name}`, 200)]);
    await waitUntil(() => missing(after.flat()), none);
    const beside = seen.filter((value) => value.startsWith('beside'));
    expect(new Set(beside).size).to.equal(beside.length);
  };

  it('is its new log from the start, also where the old one was read further', async () => {
    const before = [...(await publish(RECREATED, 'old', 200)), ...(await publish(OTHER, 'beside', 200))];
    await waitUntil(() => missing(before), none);
    await recreated(600, 'longer');
  });

  it('is its new log from the start where that is shorter, and nothing of another topic is passed over', async () => {
    await recreated(50, 'shorter');
  });
});
