/** Prompt reads on a broker: they return what is there, in order, each record once. */
import { expect } from 'chai';
import { openTestTopics } from '#runtime/testing/topics.ts';
import { silent } from '../process/log.ts';
import { COUPON_PRODUCER, REALTIME_CONSUMER } from './client-settings.ts';
import { connectConsumer } from './consumer-client.ts';
import { openPublisher } from './publisher.ts';

const TOPIC = 'coupon-issued';

describe('prompt reads', () => {
  it('return each record once and in order, at most as many as requested, and none where none is', async () => {
    const topics = await openTestTopics(TOPIC);
    const kafka = { ...topics, clientId: 'a-test', log: silent };
    const publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
    const values = Array.from({ length: 25 }, (_, nth) => `record-${nth}`);
    await publisher.publish(values.map((value) => ({ topic: TOPIC, key: 'one-partition', value })));
    const consumer = await connectConsumer({
      ...kafka,
      group: 'a-test',
      settings: REALTIME_CONSUMER,
      onLost: () => expect.fail('it has lost its brokers'),
    });
    try {
      const partitions = [...Array(6).keys()];
      consumer.assign(partitions.map((partition) => ({ topic: TOPIC, partition, offset: 0 })));
      const read: string[] = [];
      while (read.length < values.length) {
        const records = await consumer.consume(10, true);
        expect(records.length).to.be.at.most(10);
        read.push(...records.map(({ value }) => String(value)));
      }
      expect(read).to.deep.equal(values);
      expect(await consumer.consume(10, true)).to.deep.equal([]);
    } finally {
      await consumer.close();
      await publisher.close();
      await topics.close();
    }
  });
});
