/** What nobody may do on a secured stack, and the words in which the servers refuse it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ACCESS, OWNER, SET_UP } from '#participants/access/access.ts';
import { createTopics } from '#platform/kafka/admin.ts';
import { openProducerClient } from '#platform/kafka/broker-client.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { type ConsumeError, connectConsumer } from '#platform/kafka/consumer-client.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import { migrate } from '../../setup/migrate.ts';
import { waitUntil } from '../../wait-until.ts';
import { placesOf } from '../places.ts';
import { type Addresses, stackDown, stackUp } from '../stack.ts';
import { databaseSecurityOf, kafkaSecurityOf } from './connections.ts';
import { permitDatabase, permitTopics, prepareRoles, urlFor } from './permissions.ts';
import { postgresRights } from './testing/postgres-rights.contract.ts';
import { redisRights } from './testing/redis-rights.contract.ts';

const stack = 'test-secure-rights';
const CHARGED = 'payment-completed';
/** The protocol's code of a refused write. */
const TOPIC_AUTHORIZATION_FAILED = 29;
describe('a secured stack', () => {
  const environment = { ...process.env };
  let addresses: Addresses;

  before(async () => {
    addresses = await stackUp({ name: stack, secure: true });
    const { postgres, kafka } = addresses;
    await prepareRoles(stack, postgres);
    await migrate(urlFor(postgres, OWNER), databaseSecurityOf(stack, OWNER));
    await permitDatabase(stack, postgres);
    await permitTopics(stack, kafka, '');
    await createTopics({ brokers: kafka, security: kafkaSecurityOf(stack, SET_UP) });
  });
  after(async () => {
    await stackDown(stack, { wipe: true });
    // What other tests of this process connect to next is their own stack.
    expect({ ...process.env }).to.deep.equal(environment);
  });

  describe('its brokers', () => {
    /** The broker's code for one forged record: 0 is taken. */
    const forge = async (principal: string): Promise<number | undefined> => {
      const client = await openProducerClient({
        brokers: addresses.kafka,
        clientId: principal,
        security: kafkaSecurityOf(stack, principal),
        settings: ORDER_PRODUCER,
        log: silent,
      });
      try {
        // Whoever may not write a topic may not see it either: the leader is known from elsewhere.
        const identity = await client.identity();
        const record = {
          topic: CHARGED,
          partition: 0,
          key: Buffer.from('key'),
          value: Buffer.from('forged'),
          headers: new Map(),
          timestamp: BigInt(Date.now()),
        };
        const batch = { topic: CHARGED, partition: 0, sequence: 0, records: [record] };
        const { results } = await client.produce(1, identity, [batch]);
        return results[0]?.code;
      } finally {
        await client.close();
      }
    };

    it('take payment.charged from payment', async () => expect(await forge('payment')).to.equal(0));

    for (const { process, writes } of ACCESS.filter(
      (one) => one.writes.length > 0 && one.process !== 'payment',
    ))
      it(`refuse a payment.charged forged by ${process}`, async () => {
        expect(writes).not.to.include(CHARGED);
        expect(await forge(process)).to.equal(TOPIC_AUTHORIZATION_FAILED);
      });

    it('say which topics a process may write, so that none is tried in vain', async () => {
      const publisher = await openPublisher({
        brokers: addresses.kafka,
        clientId: 'api',
        security: kafkaSecurityOf(stack, 'api'),
        settings: ORDER_PRODUCER,
        log: silent,
      });
      expect(await publisher.mayWrite('saga-control')).to.equal(true);
      // The one that it may read, and the one that it may not even see.
      for (const topic of ['dead-letters', CHARGED]) expect(await publisher.mayWrite(topic)).to.equal(false);
      await publisher.close();
    });

    it('log each refusal, with the principal', () => {
      const lines = readFileSync(join(placesOf(stack).logs, 'kafka.log'), 'utf8');
      for (const principal of ['shipping', 'api', 'engine'])
        expect(lines).to.match(
          new RegExp(
            `User:${principal} is Denied operation = Write .*resource = Topic:LITERAL:${CHARGED}`,
            'i',
          ),
        );
    });

    it('refuse a foreign group, and a foreign topic', async () => {
      for (const [group, topic] of [
        ['payment', 'shipping-requested'],
        ['shipping', 'payment-requested'],
      ] as const) {
        const errors: string[] = [];
        const consumer = await connectConsumer({
          brokers: addresses.kafka,
          group,
          clientId: 'shipping',
          security: kafkaSecurityOf(stack, 'shipping'),
          settings: GENERAL_CONSUMER,
          onLost() {},
          log: silent,
        });
        consumer.subscribe([topic]);
        await waitUntil(
          async () => {
            await consumer.consume(1).catch((error: ConsumeError) => errors.push(error.message));
            return errors;
          },
          (some) => some.some((one) => /authorization failed/i.test(one)),
        );
        await consumer.close();
      }
    });
  });

  postgresRights(stack, () => addresses);
  redisRights(stack, () => addresses);
});
