import { expect } from 'chai';
import { engineTopics } from '#engine/read-message.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { clockDifference, compareClock } from '#platform/kafka/clock.ts';
import { consumerLag } from '#platform/kafka/consumer-lag.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { type Logger, silent } from '#platform/process/log.ts';
import { CLOCK, EVENT_READERS } from '#protocol/topics.ts';
import { openTestTopics, type TestTopics } from '#runtime/testing/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { definition, ORDER_ID } from '../sagas/order/testing/given.ts';
import { measureLag } from './lag.ts';
import { lagAges } from './lag-ages.ts';
import { brokerPositions } from './positions.ts';

const CHANNELS = definition.contracts.map(({ channel }) => channel);

describe('against real brokers', () => {
  let topics: TestTopics;
  before(async () => {
    topics = await openTestTopics(
      CLOCK,
      ...engineTopics([definition]),
      ...CHANNELS,
      ...EVENT_READERS.flatMap((one) => one.topics),
    );
  });
  after(() => topics?.close());

  const kafka = () => ({ brokers: topics.brokers, prefix: topics.prefix, clientId: 'test' });

  it('compareClock sets the gauge, and warns of a large difference', async () => {
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

  it('brokerPositions rejects for a partition that does not exist', async () => {
    const positions = await brokerPositions(kafka());
    const places = [
      { topic: 'saga-replies', partition: 0 },
      { topic: 'saga-replies', partition: 99 },
    ];
    const outcome = (reading: Promise<unknown>) => reading.then(() => 'resolved', String);
    expect(await outcome(positions.ends(places.slice(0, 1)))).to.equal('resolved');
    expect(await outcome(positions.ends(places))).to.match(
      /^Error: there is no partition .*saga-replies\/99/,
    );
    expect(await outcome(positions.read('payment', places))).to.match(/^Error: there is no partition/);
    await positions.close();
  });

  it('measureLag sets the lag of each group on each topic', async () => {
    const publisher = await openPublisher({ ...kafka(), settings: ORDER_PRODUCER, log: silent });
    const message = { key: ORDER_ID, value: 'x' };
    await publisher.publish([
      { topic: 'payment-requested', ...message },
      { topic: 'payment-requested', ...message },
      { topic: 'saga-replies', ...message },
    ]);
    await publisher.close();
    const positions = await brokerPositions(kafka());
    // A new broker has no coordinator of groups until it has made their topic.
    const isMeasured = () =>
      measureLag([definition], positions, lagAges(), Date.now()).then(
        () => true,
        () => false,
      );
    await waitUntil(isMeasured);
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
