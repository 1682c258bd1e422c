/** A client behind a proxy cannot reach the broker past it: Kafka sends it back to the proxy's address. */
import { expect } from 'chai';
import { createTopics } from '../../participants/wire/kafka/admin.ts';
import { ORDER_PRODUCER } from '../../participants/wire/kafka/profiles.ts';
import { openPublisher, type Publisher } from '../../participants/wire/kafka/publisher.ts';
import { silent } from '../../participants/wire/log.ts';
import { TOPICS } from '../../participants/wire/topics.ts';
import { freePorts } from '../stack/ports.ts';
import { stackDown, stackUp } from '../stack/stack.ts';
import { type Cut, type CuttableProxy, openProxy } from './proxy.ts';

// A stack of its own: its broker has a second way in.
const name = 'test-cut';

describe('a process cut off from the broker', function () {
  this.timeout(120_000);
  let proxy: CuttableProxy;
  let beside: Publisher;
  let behind: Publisher;

  before(async () => {
    const [port = 0, advertised = 0] = await freePorts(2);
    proxy = await openProxy(advertised, port);
    const listeners = [{ name: 'PROXIED', ports: [port], advertised: [advertised] }];
    const { kafka } = await stackUp({ name, listeners });
    await createTopics({ brokers: kafka, topics: TOPICS.filter((topic) => topic.name === 'order-created') });
    const options = { clientId: 'cut', profile: ORDER_PRODUCER, log: silent };
    beside = await openPublisher({ ...options, brokers: kafka });
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
      // Whoever is not behind the proxy has a hundred acknowledged meanwhile.
      for (let n = 0; n < 100; n++) await publish(beside);
      expect(acknowledged).to.equal(false);
      proxy.heal();
      await waiting;
    });
  }
});
