/** What nobody may do on a secured stack, and the words in which the servers refuse it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import pg from 'pg';
import { ACCESS, OWNER, SET_UP } from '#participants/access/access.ts';
import {
  connectionTo,
  type DatabaseSecurity,
  databaseSecurity,
} from '#platform/connections/database-security.ts';
import { redisConnection } from '#platform/connections/redis-settings.ts';
import { createTopics } from '#platform/kafka/admin.ts';
import { openProducerClient } from '#platform/kafka/broker-client.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { type ConsumeError, connectConsumer } from '#platform/kafka/consumer-client.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { silent } from '#platform/process/log.ts';
import { openRedis } from '#platform/process/redis.ts';
import { migrate } from '../../setup/migrate.ts';
import { waitUntil } from '../../wait-until.ts';
import { signalService, startOneService, stopService } from '../one-service.ts';
import { placesOf } from '../places.ts';
import { type Addresses, stackDown, stackUp } from '../stack.ts';
import { issue } from './certificates.ts';
import { databaseSecurityOf, kafkaSecurityOf, secureEnvironment } from './connections.ts';
import { permitDatabase, permitTopics, prepareRoles, urlFor } from './permissions.ts';
import { passwordFile, replacePassword, secureFolder } from './secrets.ts';
import { writeRedisUsers } from './servers.ts';

const stack = 'test-secure-rights';
const CHARGED = 'payment-completed';
/** The protocol's code of a refused write. */
const TOPIC_AUTHORIZATION_FAILED = 29;
const WITHIN = { withinMs: 30_000 };

describe('a secured stack', function () {
  this.timeout(120_000);
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
  after(() => stackDown(stack, { wipe: true }));

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
          WITHIN,
        );
        await consumer.close();
      }
    });
  });

  describe('its PostgreSQL', () => {
    const as = async <T>(
      role: string,
      work: (client: pg.Client) => Promise<T>,
      security?: DatabaseSecurity,
    ): Promise<T> => {
      const url = urlFor(addresses.postgres, role);
      const client = new pg.Client(connectionTo(url, security ?? databaseSecurityOf(stack, role)));
      await client.connect();
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    };
    const refusal = (role: string, sql: string) =>
      as(role, (client) => client.query(sql)).then(
        () => 'permitted',
        (error: Error) => error.message,
      );

    it('permits a participant its own tables, and a partition of them', async () => {
      expect(await refusal('payment', 'SELECT count(*) FROM payment.intents')).to.equal('permitted');
      const db = openDatabase(urlFor(addresses.postgres, 'payment'), {
        pool: 1,
        processName: 'payment',
        security: databaseSecurityOf(stack, 'payment'),
      });
      await ensurePartitions(db, [{ name: 'payment.intents' }], Date.now());
      expect(await refusal('payment', 'SELECT 1 FROM payment.intents')).to.equal('permitted');
      await db.close();
    });

    it('refuses a participant the tables of another, and of the orchestrator', async () => {
      expect(await refusal('shipping', 'SELECT * FROM payment.intents')).to.match(
        /permission denied for schema payment/,
      );
      expect(await refusal('payment', 'UPDATE orchestrator.sagas SET version = 1')).to.match(
        /permission denied for schema orchestrator/,
      );
      expect(await refusal('coupons', 'SELECT * FROM notification.mails')).to.match(/permission denied/);
    });

    it('lets the auditor read everything, and write nothing', async () => {
      expect(await refusal('auditor', 'SELECT count(*) FROM payment.intents')).to.equal('permitted');
      expect(await refusal('auditor', 'DELETE FROM payment.incidents')).to.match(/permission denied/);
    });

    it('lets retention take off the months that each process adds to its tables', async () => {
      const keepers = {
        ...{ engine: 'orchestrator.sagas', inventory: 'inventory.inbox', payment: 'payment.intents' },
        ...{ shipping: 'shipping.inbox', coupon: 'coupon.inbox', notification: 'notification.mails' },
      };
      for (const [role, name] of Object.entries(keepers)) {
        const security = databaseSecurityOf(stack, role);
        const db = openDatabase(urlFor(addresses.postgres, role), { pool: 1, processName: role, security });
        await ensurePartitions(db, [{ name }], Date.now()).finally(() => db.close());
      }
      const months = `SELECT DISTINCT ON (p.relnamespace) p.oid::regclass AS whole, c.oid::regclass AS month
          FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid
         WHERE p.relkind = 'p' ORDER BY p.relnamespace`;
      await as('retention', async (client) => {
        const { rows } = await client.query<{ whole: string; month: string }>(months);
        const schemas = rows.map(({ whole }) => whole.split('.')[0]).sort();
        expect(schemas).to.deep.equal([
          'coupon',
          'inventory',
          'notification',
          'orchestrator',
          'payment',
          'shipping',
        ]);
        await client.query('BEGIN');
        for (const { whole, month } of rows) {
          await client.query(`ALTER TABLE ${whole} DETACH PARTITION ${month}`);
          await client.query(`DROP TABLE ${month}`);
        }
        await client.query('ROLLBACK');
      });
      expect(await refusal('retention', 'SELECT * FROM identity.api_keys')).to.equal('permitted');
      expect(await refusal('retention', 'DELETE FROM identity.api_keys')).to.match(/permission denied/);
    });

    it('lets the API write the keys of backends, the coupon API read them, and no participant either', async () => {
      const revoke = 'UPDATE identity.api_keys SET revoked_at = now()';
      const read = 'SELECT hash FROM identity.api_keys';
      expect(await refusal('api', revoke)).to.equal('permitted');
      expect(await refusal('coupons', read)).to.equal('permitted');
      expect(await refusal('coupons', revoke)).to.match(/permission denied/);
      expect(await refusal('payment', read)).to.match(/permission denied/);
    });

    for (const role of ['api', 'engine', 'retention'])
      it(`refuses the ${role} the end of the audit`, async () => {
        for (const sql of [
          'DROP TRIGGER actions_are_kept ON orchestrator.actions',
          'ALTER TABLE orchestrator.actions DISABLE TRIGGER ALL',
          'DROP TABLE orchestrator.actions',
          'DROP FUNCTION orchestrator.refuse_audit_change() CASCADE',
          'DROP SCHEMA orchestrator CASCADE',
          'SET session_replication_role = replica',
          `SET ROLE ${OWNER}`,
        ])
          expect(await refusal(role, sql), sql).to.match(/must be owner|permission denied/);
        expect(await refusal(role, 'DELETE FROM orchestrator.actions')).to.match(/permission denied/);
        expect(await refusal(role, 'TRUNCATE orchestrator.actions')).to.match(/permission denied/);
      });

    it('cancels an abandoned statement over TLS', async () => {
      const db = openDatabase(urlFor(addresses.postgres, 'payment'), {
        pool: 1,
        processName: 'payment',
        queryTimeoutMs: 500,
        security: databaseSecurityOf(stack, 'payment'),
      });
      // The server's own limit is off, so that only the cancel request can end it.
      const slow = db.transaction(async (sql) => {
        await sql.query('SET LOCAL statement_timeout = 0');
        await sql.query('SELECT pg_sleep(20)');
      });
      expect(await slow.catch((error: Error) => error.message)).to.match(/no answer within 500 ms/);
      await waitUntil(
        () =>
          as('postgres', (client) =>
            client.query(
              "SELECT FROM pg_stat_activity WHERE query ~ 'sleep.20'  AND state = 'active' AND usename = 'payment'",
            ),
          ),
        ({ rowCount }) => rowCount === 0,
        { withinMs: 5_000 },
      );
      await db.close();
    });

    it('refuses a wrong password, a client without TLS, and names an unknown authority', async () => {
      const url = urlFor(addresses.postgres, 'payment');
      const wrong = databaseSecurity({
        ...secureEnvironment(stack, { database: 'payment' }),
        DATABASE_PASSWORD_FILE: passwordFile(stack, 'database', 'shipping'),
      });
      expect(await connected(url, wrong)).to.match(/password authentication failed for user "payment"/);
      expect(await connected(url, { tls: null, password: null })).to.match(/no encryption/);
      await issue(`${secureFolder(stack)}/other`, 'other');
      const other = databaseSecurity({
        ...secureEnvironment(stack, { database: 'payment' }),
        DATABASE_CA_FILE: `${secureFolder(stack)}/other/ca.pem`,
      });
      expect(await connected(url, other)).to.match(/no authority in DATABASE_CA_FILE has signed/);
    });

    const connected = async (url: string, security: DatabaseSecurity): Promise<string> => {
      const db = openDatabase(url, { pool: 1, processName: 'payment', security });
      return db
        .query('SELECT 1')
        .then(
          () => 'connected',
          (error: Error) => error.message,
        )
        .finally(() => db.close());
    };

    it('is not believed with an expired certificate, and goes on with a new one and a new password', async () => {
      const url = urlFor(addresses.postgres, 'payment');
      const security = databaseSecurityOf(stack, 'payment');
      const db = openDatabase(url, { pool: 1, processName: 'payment', security });
      await db.query('SELECT 1');
      await issue(secureFolder(stack), 'postgres', -1);
      replacePassword(stack, 'database', 'payment');
      await prepareRoles(stack, addresses.postgres);
      await stopService(stack, 'postgres');
      await startOneService(stack, 'postgres');
      const failed = await waitUntil(
        () => db.query('SELECT 1').catch((error: Error) => error.message),
        (seen) => typeof seen === 'string' && /expired/.test(seen),
        WITHIN,
      );
      expect(failed).to.match(/the server’s certificate has expired/);
      await issue(secureFolder(stack), 'postgres');
      await stopService(stack, 'postgres');
      await startOneService(stack, 'postgres');
      await waitUntil(() => db.query('SELECT 1').catch(() => null), Boolean, WITHIN);
      await db.close();
    });
  });

  describe('its Redis', () => {
    const settings = (user: string, more = {}) =>
      redisConnection({ REDIS_URL: addresses.redis, ...secureEnvironment(stack, { redis: user }), ...more });
    const open = async (user: string, more = {}) => {
      const redis = openRedis(silent, settings(user, more));
      const failed = new Promise<string>((resolve) => redis.once('error', (error) => resolve(error.message)));
      const ready = new Promise<string>((resolve) => redis.once('ready', () => resolve('ready')));
      return { redis, outcome: await Promise.race([failed, ready]) };
    };
    const refusal = (work: Promise<unknown>) =>
      work.then(
        () => 'permitted',
        (error: Error) => error.message,
      );

    it('permits a process its own keys, and no others, nor any command of an administrator', async () => {
      const { redis, outcome } = await open('coupons');
      expect(outcome).to.equal('ready');
      expect(await refusal(redis.set('coupon:x', '1', 'EX', 5, 'NX'))).to.equal('permitted');
      expect(await refusal(redis.set('processed:x', '1'))).to.match(/NOPERM/);
      expect(await refusal(redis.flushall())).to.match(/NOPERM/);
      expect(await refusal(redis.config('GET', '*'))).to.match(/NOPERM/);
      redis.disconnect();
    });

    it('refuses a wrong password and a client without a user, and an unknown authority is named', async () => {
      const wrong = await open('coupons', {
        REDIS_PASSWORD_FILE: passwordFile(stack, 'redis', 'notification'),
      });
      wrong.redis.disconnect();
      expect(wrong.outcome).to.match(/WRONGPASS/);
      await issue(`${secureFolder(stack)}/other`, 'other');
      const unknown = await open('coupons', { REDIS_CA_FILE: `${secureFolder(stack)}/other/ca.pem` });
      unknown.redis.disconnect();
      expect(unknown.outcome).to.match(/self-signed certificate|unable to verify/);
    });

    it('goes on with a rotated password, on the client that was open before', async () => {
      const { redis } = await open('coupons');
      replacePassword(stack, 'redis', 'coupons');
      writeRedisUsers(stack);
      await signalService(stack, 'redis', 'SIGKILL');
      await startOneService(stack, 'redis');
      await waitUntil(
        () =>
          redis.get('coupon:x').then(
            () => true,
            () => false,
          ),
        Boolean,
        WITHIN,
      );
      redis.disconnect();
      expect(redis).to.be.instanceOf(Redis);
    });
  });
});
