/** What is asked of the real brokers: the time, and how far each group is behind. */
import { expect } from 'chai';
import { engineTopics } from '#engine/read-message.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { clockDifference, compareClock } from '#platform/kafka/clock.ts';
import { consumerLag } from '#platform/kafka/consumer-lag.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { type Logger, silent } from '#platform/process/log.ts';
import { CLOCK } from '#protocol/topics.ts';
import { openTestTopics, type TestTopics } from '#runtime/testing/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { definition, ORDER_ID } from '../sagas/order/testing/given.ts';
import { measureLag } from './lag.ts';
import { brokerPositions } from './positions.ts';

const CHANNELS = definition.contracts.map(({ channel }) => channel);

describe('the brokers are asked', function () {
  this.timeout(60_000);
  let topics: TestTopics;
  before(async () => {
    topics = await openTestTopics(CLOCK, ...engineTopics([definition]), ...CHANNELS);
  });
  after(() => topics.close());

  const kafka = () => ({ brokers: topics.brokers, prefix: topics.prefix, clientId: 'test' });

  it('the time: the difference is a gauge, and a warning where it is large', async () => {
    const warnings: string[] = [];
    const log: Logger = { ...silent, warn: (message) => void warnings.push(message) };
    const near = await compareClock({ ...kafka(), log, now: () => Date.now() });
    expect(Math.abs(near ?? Number.NaN)).to.be.lessThan(1_000);
    expect(warnings).to.deep.equal([]);

    const slow = await compareClock({ ...kafka(), log, now: () => Date.now() - 60_000 });
    expect(slow).to.be.within(59_000, 61_000);
    expect((await clockDifference.get()).values[0]?.value).to.be.within(59, 61);
    expect(warnings).to.have.length(1);
  });

  it('about a partition there is not, and the answer is an error and no number', async () => {
    const positions = await brokerPositions(kafka());
    const places = [
      { topic: 'saga-replies', partition: 0 },
      { topic: 'saga-replies', partition: 99 },
    ];
    const failed = async (asked: Promise<unknown>) => asked.then(() => 'answered', String);
    // Topics that have only just come into being have no leader for a moment, so the good one is asked for first.
    await waitUntil(
      () => failed(positions.ends(places.slice(0, 1))),
      (came) => came === 'answered',
    );
    expect(await failed(positions.ends(places))).to.match(/^LibrdKafkaError|^Error/);
    expect(await failed(positions.read('payment', places))).to.match(/^LibrdKafkaError|^Error/);
    await positions.close();
  });

  it('how far each group is behind, topic by topic', async () => {
    const publisher = await openPublisher({ ...kafka(), profile: ORDER_PRODUCER, log: silent });
    const message = { key: ORDER_ID, value: 'x' };
    await publisher.publish([
      { topic: 'payment-requested', ...message },
      { topic: 'payment-requested', ...message },
      { topic: 'saga-replies', ...message },
    ]);
    await publisher.close();
    const positions = await brokerPositions(kafka());
    // Topics that have only just come into being have no leader for a moment.
    await waitUntil(
      () => measureLag([definition], positions).then(() => 'measured', String),
      (came) => came === 'measured',
    );
    await positions.close();
    const lags = new Map(
      (await consumerLag.get()).values.map(({ labels, value }) => [Object.values(labels).join(' '), value]),
    );
    expect(lags.get('payment payment-requested')).to.equal(2);
    expect(lags.get('engine saga-replies')).to.equal(1);
    expect(lags.get('engine payment-completed')).to.equal(0);
    expect(lags.get('shipping shipping-requested')).to.equal(0);
  });
});
