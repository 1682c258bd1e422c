/** What a secured PostgreSQL permits each role, and the words in which it refuses the rest. */
import { expect } from 'chai';
import pg from 'pg';
import { OWNER, POSTGRES_EXPORTER } from '#participants/access/access.ts';
import {
  connectionTo,
  type DatabaseSecurity,
  databaseSecurity,
} from '#platform/connections/database-security.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { waitUntil } from '../../../wait-until.ts';
import { startOneService, stopService } from '../../one-service.ts';
import { databaseName } from '../../postgres.ts';
import type { Addresses } from '../../stack.ts';
import { issue } from '../certificates.ts';
import { databaseSecurityOf, secureEnvironment } from '../connections.ts';
import { prepareRoles, urlFor } from '../permissions.ts';
import { passwordFile, replacePassword, secureFolder } from '../secrets.ts';

/** @param addressesOf the addresses of the stack, once it is up */
export function postgresRights(stack: string, addressesOf: () => Addresses): void {
  describe('its PostgreSQL', () => {
    const as = async <T>(
      role: string,
      work: (client: pg.Client) => Promise<T>,
      security?: DatabaseSecurity,
    ): Promise<T> => {
      const url = urlFor(addressesOf().postgres, role);
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
      const db = openDatabase(urlFor(addressesOf().postgres, 'payment'), {
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

    it('lets the exporter see the statistics of every database, and enter none of ours', async () => {
      const { host } = new URL(addressesOf().postgres);
      const own = `postgresql://${POSTGRES_EXPORTER}@${host}/postgres`;
      const client = new pg.Client(connectionTo(own, databaseSecurityOf(stack, POSTGRES_EXPORTER)));
      await client.connect();
      const { rows } = await client.query(
        `SELECT pg_database_size('${databaseName}')::text AS size,
                (SELECT count(*) FROM pg_stat_activity WHERE query LIKE '<insufficient%')::int AS hidden`,
      );
      await client.end();
      expect(rows[0]).to.include({ hidden: 0 }).and.to.have.property('size');
      expect(await refusal(POSTGRES_EXPORTER, 'SELECT 1')).to.match(/permission denied for database/);
    });

    it('lets retention take off the months that each process adds to its tables', async () => {
      const keepers = {
        ...{ engine: 'orchestrator.sagas', inventory: 'inventory.inbox', payment: 'payment.intents' },
        ...{ shipping: 'shipping.inbox', coupon: 'coupon.inbox', notification: 'notification.mails' },
      };
      for (const [role, name] of Object.entries(keepers)) {
        const security = databaseSecurityOf(stack, role);
        const db = openDatabase(urlFor(addressesOf().postgres, role), {
          pool: 1,
          processName: role,
          security,
        });
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

    it('lets the API end tokens, the coupon API read which, and nobody change who ended them', async () => {
      const end = `INSERT INTO identity.ended_tokens VALUES (gen_random_uuid(), 'ada', NULL, now(), 'anna', now())`;
      const read = 'SELECT subject FROM identity.ended_tokens';
      const take = 'DELETE FROM identity.ended_tokens';
      const change = `UPDATE identity.ended_tokens SET ended_by = 'x'`;
      for (const sql of [end, read, take]) expect(await refusal('api', sql), sql).to.equal('permitted');
      expect(await refusal('coupons', read)).to.equal('permitted');
      expect(await refusal('auditor', read)).to.equal('permitted');
      for (const sql of [end, take, change])
        expect(await refusal('coupons', sql), sql).to.match(/permission denied/);
      expect(await refusal('api', change)).to.match(/permission denied/);
      for (const role of ['payment', 'engine'])
        expect(await refusal(role, read), role).to.match(/permission denied/);
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
      const db = openDatabase(urlFor(addressesOf().postgres, 'payment'), {
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
      );
      await db.close();
    });

    it('refuses a wrong password, a client without TLS, and names an unknown authority', async () => {
      const url = urlFor(addressesOf().postgres, 'payment');
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
      const url = urlFor(addressesOf().postgres, 'payment');
      const security = databaseSecurityOf(stack, 'payment');
      const db = openDatabase(url, { pool: 1, processName: 'payment', security });
      await db.query('SELECT 1');
      await issue(secureFolder(stack), 'postgres', -1);
      replacePassword(stack, 'database', 'payment');
      await prepareRoles(stack, addressesOf().postgres);
      await stopService(stack, 'postgres');
      await startOneService(stack, 'postgres');
      const failed = await waitUntil(
        () => db.query('SELECT 1').catch((error: Error) => error.message),
        (seen) => typeof seen === 'string' && /expired/.test(seen),
      );
      expect(failed).to.match(/the server’s certificate has expired/);
      await issue(secureFolder(stack), 'postgres');
      await stopService(stack, 'postgres');
      await startOneService(stack, 'postgres');
      await waitUntil(() => db.query('SELECT 1').catch(() => null), Boolean);
      await db.close();
    });
  });
}
