/** A client behind a proxy cannot reach the broker past it: Kafka sends it back to the proxy's address. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createTopics } from '#platform/kafka/admin.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import { TOPICS } from '#protocol/topics.ts';
import { freePorts } from '#scripts/run/stack/ports.ts';
import { stackDown, stackUp } from '#scripts/run/stack/stack.ts';
import { readTopics } from '../e2e/kafka.ts';
import { type Cut, type CuttableProxy, openProxy } from './proxy.ts';

// A stack of its own: its broker has a second way in.
const name = 'test-cut';

describe('a process cut off from the broker', () => {
  let proxy: CuttableProxy;
  let beside: Publisher;
  let behind: Publisher;
  let brokers: string;

  before(async () => {
    const [port = 0, advertised = 0] = await freePorts(2);
    proxy = await openProxy(advertised, port);
    const listeners = [{ name: 'PROXIED', ports: [port], advertised: [advertised] }];
    brokers = (await stackUp({ name, listeners })).kafka;
    await createTopics({ brokers, topics: TOPICS.filter((topic) => topic.name === 'order-created') });
    const options = { clientId: 'cut', settings: ORDER_PRODUCER, log: silent };
    beside = await openPublisher({ ...options, brokers });
    behind = await openPublisher({ ...options, brokers: `127.0.0.1:${advertised}` });
  });
  after(async () => {
    await behind?.close();
    await beside?.close();
    await proxy?.close();
    await stackDown(name, { wipe: true });
  });

  const publish = (publisher: Publisher) =>
    publisher.publish([{ topic: 'order-created', key: 'key', value: 'value' }]);

  for (const how of ['silent', 'reset'] satisfies Cut[]) {
    it(`waits while the cut lasts, and goes on by itself when it is healed (${how})`, async () => {
      await publish(behind);
      proxy.cut(how);
      let acknowledged = false;
      const waiting = publish(behind).then(() => {
        acknowledged = true;
      });
      // A publisher that reaches the broker directly gets a hundred acknowledgements meanwhile.
      for (let n = 0; n < 100; n++) await publish(beside);
      expect(acknowledged).to.equal(false);
      proxy.heal();
      await waiting;
    });
  }

  it('writes each message once and in order, under repeated resets', async () => {
    const calls: Array<Promise<void>> = [];
    for (let n = 0; n < 6_000; n += 10) {
      const numbers = Array.from({ length: 10 }, (_, i) => n + i);
      calls.push(
        behind.publish(
          numbers.map((i) => ({ topic: 'order-created', key: `key-${i % 7}`, value: String(i) })),
        ),
      );
      if (n % 600 === 300) proxy.cut('reset');
      if (n % 600 === 590) proxy.heal();
      await sleep(2);
    }
    await Promise.all(calls);
    const read = await readTopics(brokers, '', ['order-created']);
    for (let key = 0; key < 7; key++) {
      const values = read.filter((record) => record.key === `key-${key}`).map(({ value }) => Number(value));
      const sent = Array.from({ length: 6_000 }, (_, i) => i).filter((i) => i % 7 === key);
      expect(values, `key-${key}`).to.deep.equal(sent);
    }
  });
});
