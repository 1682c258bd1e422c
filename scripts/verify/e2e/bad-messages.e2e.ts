/** Bad messages on every input topic: parked with their bytes, while the rest flows on. */
import { expect } from 'chai';
import { uuidv7 } from '#protocol/ids.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import { publishAll, readTopics } from './kafka.ts';
import { ORDER_PROCESSES, openShop, type Shop } from './shop.ts';

/** Every topic a process of the system reads, and a type that belongs there. */
const INPUTS: Readonly<Record<string, string>> = {
  'order-created': 'order.created',
  'inventory-reserved': 'inventory.reserved',
  'payment-completed': 'payment.charged',
  'inventory-confirmed': 'inventory.confirmed',
  'shipping-prepared': 'shipping.prepared',
  'saga-replies': 'payment.declined',
  'saga-control': 'saga.timer',
  'inventory-requested': 'inventory.reserve',
  'payment-requested': 'payment.charge',
  'shipping-requested': 'shipping.prepare',
  'order-completed': 'order.completed',
  'order-failed': 'order.failed',
};
const BAD = 3;

describe('bad messages', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop('bad', { gateway: 'none', only: ORDER_PROCESSES });
  });
  after(() => shop?.stop());

  it('are parked with their bytes from every input topic, and orders flow on', async () => {
    const { kafka } = shop.system.addresses;
    const bad = Object.entries(INPUTS).flatMap(([topic, type]) => {
      const key = uuidv7(Date.now());
      const envelope = (id: string, data: unknown) =>
        JSON.stringify({
          specversion: '1.0',
          id,
          type,
          source: '/e2e',
          time: new Date().toISOString(),
          subject: key,
          data,
        });
      return [
        { topic, key, value: Buffer.from([0xff, 0x00, 0xfe, 0x7b]) },
        { topic, key, value: envelope(`${key}/${type}`, 'not an object') },
        { topic, key, value: envelope(`${key}/${type}`, { text: 'half a pair: \ud800' }) },
      ];
    });
    const [before] = await Promise.all([shop.placeMany(20, () => ({})), publishAll(kafka, shop.prefix, bad)]);
    const after = await shop.placeMany(20, () => ({}));
    const ended = await shop.ended([...before, ...after]);
    expect(ended.every(({ status }) => status === 'completed')).to.equal(true);

    const parked = await readTopics(kafka, shop.prefix, [DEAD_LETTERS]);
    expect(parked.length).to.equal(bad.length);
    for (const topic of Object.keys(INPUTS)) {
      const sent = bad
        .filter((message) => message.topic === topic)
        .map(({ value }) => Buffer.from(value).toString('hex'));
      const letters = parked.filter(({ headers }) => headers['topic'] === topic);
      expect(letters.map(({ value }) => value.toString('hex')).sort(), topic).to.deep.equal([...sent].sort());
      expect(letters.length, topic).to.equal(BAD);
      expect(
        letters.every(({ headers }) => headers['reason'] && headers['text'] && headers['offset']),
        topic,
      ).to.equal(true);
    }
  });
});
