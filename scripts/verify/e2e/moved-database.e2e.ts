/**
 * A database that was made and used by one superuser, with live orders in it, is handed to a role a process: the processes go on
 * under their own roles, and nothing is left that only the superuser may change.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { monthFrom } from '#orchestrator/retention/months.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { ACCESS, OWNER } from '#participants/access/access.ts';
import { createRoles, grantDatabase, ownDatabase } from '#participants/access/database-roles.ts';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions, monthStart, partitionName } from '#platform/postgres/month-partitions.ts';
import { migrate } from '#scripts/run/setup/migrate.ts';
import { ensureDatabase } from '#scripts/run/stack/database.ts';
import { postgresUrl } from '#scripts/run/stack/postgres.ts';
import { DATABASE_ADMIN, databaseSecurityOf, isSecure } from '#scripts/run/stack/secure/connections.ts';
import { prepareRoles, urlFor } from '#scripts/run/stack/secure/permissions.ts';
import { stackDown, stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { openSmallShop } from '../ledger/testing.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { ORDER_PROCESSES, openShop, type Shop } from './shop.ts';

const stack = 'test-secure-moved';
const NAME = 'moved';
const NOW = Date.now();
const PROCESSES = [...ORDER_PROCESSES, 'coupon', 'auditor'];
const TABLES = [...PARTITIONED, ...PARTICIPANT_TABLES];
/** A month from before, and one that no process has made yet. */
const [OLD, LATER] = [monthFrom(monthStart(NOW, -3)), monthFrom(monthStart(NOW, 5))];
/** Taken off by a round that did not end: a table of its own. */
const APART = partitionName({ name: 'orchestrator.journal' }, OLD.from);
const ENDED_WITHIN_MS = 120_000;

/** What somebody owns, and what is granted on it. */
interface Owned {
  readonly what: string;
  readonly owner: string;
  readonly rights: string | null;
}

const SCHEMAS = `SELECT oid FROM pg_namespace
  WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')`;
const EVERYTHING = `
  SELECT 'database' AS what, pg_get_userbyid(datdba) AS owner, datacl::text AS rights FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT nspname, pg_get_userbyid(nspowner), nspacl::text FROM pg_namespace WHERE oid IN (${SCHEMAS})
  UNION ALL SELECT oid::regprocedure::text, pg_get_userbyid(proowner), proacl::text FROM pg_proc WHERE pronamespace IN (${SCHEMAS})
  UNION ALL SELECT oid::regclass::text, pg_get_userbyid(relowner), relacl::text FROM pg_class
   WHERE relnamespace IN (${SCHEMAS}) OR relname ~ '^_prisma_migrations'
  ORDER BY 1`;

describe('a database of one superuser', function () {
  this.timeout(300_000);
  let url: string;
  let admin: pg.Client;
  let shop: Shop;
  let live: string[];
  before(async () => {
    const { postgres } = await stackUp({ name: stack, secure: true });
    url = postgresUrl(Number(new URL(postgres).port), `${NAME}_${process.pid}`);
    await ensureDatabase(url);
    await migrate(url, databaseSecurityOf(stack, DATABASE_ADMIN));
    const small = await openSmallShop(url);
    await ensurePartitions(small.db, TABLES, OLD.from.getTime(), [0]);
    await small.run([{}, { country: 'AQ' }, { sku: 'sold-out-mug' }]);
    live = await small.accept([{}, {}, { country: 'AQ' }]);
    await small.close();
    admin = new pg.Client(connectionTo(url, databaseSecurityOf(stack, DATABASE_ADMIN)));
    await admin.connect();
    await admin.query(`ALTER TABLE orchestrator.journal DETACH PARTITION ${APART}`);
    await admin.query('GRANT USAGE ON SCHEMA orchestrator TO PUBLIC');
    await admin.query('GRANT SELECT ON orchestrator.orders TO PUBLIC');
  });
  after(async () => {
    await admin?.end();
    await shop?.stop();
    await stackDown(stack, { wipe: true });
  });

  const everything = async () => (await admin.query<Owned>(EVERYTHING)).rows;
  const ownerOf = async (what: string) => (await everything()).find((one) => one.what === what)?.owner;
  const as = async <T>(role: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client(connectionTo(urlFor(url, role), databaseSecurityOf(stack, role)));
    await client.connect();
    return work(client).finally(() => client.end());
  };
  const refusal = (role: string, sql: string) =>
    as(role, (client) => client.query(sql)).then(
      () => 'permitted',
      (error: Error) => error.message,
    );
  /** What a role may do, without doing it. */
  const tried = (role: string, ...statements: string[]) =>
    as(role, async (client) => {
      await client.query('BEGIN');
      for (const sql of statements) await client.query(sql);
      await client.query('ROLLBACK');
    });

  it('is the superuser’s before', async () => {
    const owners = new Set((await everything()).map(({ owner }) => owner));
    expect([...owners]).to.deep.equal([DATABASE_ADMIN]);
  });

  it('stays so while a transaction holds a table, and can be handed over later', async () => {
    const before = await everything();
    await admin.query(createRoles());
    await admin.query('BEGIN');
    await admin.query('SELECT 1 FROM orchestrator.sagas');
    const error = await prepareRoles(stack, url).catch((thrown: Error) => thrown.message);
    await admin.query('ROLLBACK');
    expect(error).to.match(/lock timeout/);
    expect(await everything()).to.deep.equal(before);
  });

  it('goes on under a role a process: what was accepted before ends, and so does what comes', async () => {
    // The accepted orders have waited since before the processes started: new ones are to be taken all the same.
    const environment = { INTAKE_OLDEST_MS: '600000' };
    shop = await openShop(NAME, { stack, secure: true, only: PROCESSES, gateway: 'none', environment });
    const placed = await shop.placeMany(6, (i) => (i % 3 === 0 ? { country: 'AQ' } : {}));
    const shown = await shop.ended([...live, ...placed], ENDED_WITHIN_MS);
    expect(shown.map(({ status }) => status)).to.deep.equal([
      ...['completed', 'completed', 'failed'],
      ...['failed', 'completed', 'completed', 'failed', 'completed', 'completed'],
    ]);
    const { rows } = await admin.query<{ role: string }>(
      `SELECT DISTINCT usename AS role FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    expect(rows.map(({ role }) => role)).to.have.members(PROCESSES);
    await waitUntil(
      () => verifyLedger({ databaseUrl: url }),
      (results) => results.every(({ violations }) => violations === 0),
      { everyMs: 1_000, what: 'a ledger without violations' },
    );
  });

  it('has nothing left that the superuser owns, nor a process what it must not change', async () => {
    for (const { what, owner } of await everything()) expect(owner, what).not.to.equal(DATABASE_ADMIN);
    for (const what of [
      ...['database', 'orchestrator', 'identity', '_prisma_migrations', 'orchestrator.actions'],
      ...[
        'orchestrator.orders',
        'coupon.coupons',
        'identity.ended_tokens',
        'orchestrator.refuse_audit_change()',
      ],
    ])
      expect(await ownerOf(what), what).to.equal(OWNER);
    for (const table of TABLES) {
      const schema = table.name.split('.')[0];
      const keeper = ACCESS.find((one) => one.schema === schema && one.keepsPartitions)?.process;
      for (const name of [table.name, partitionName(table, OLD.from)])
        expect(await ownerOf(name), name).to.equal(keeper);
    }
    for (const role of ['api', 'engine', 'retention'])
      for (const sql of [
        'DELETE FROM orchestrator.actions',
        'DROP TRIGGER actions_are_kept ON orchestrator.actions',
        'DROP SCHEMA orchestrator CASCADE',
      ])
        expect(await refusal(role, sql), `${role}: ${sql}`).to.match(/must be owner|permission denied/);
    expect(await refusal('shipping', 'SELECT * FROM orchestrator.orders')).to.match(/permission denied/);
  });

  it('takes months that a process makes later, and retention takes off those from before', async () => {
    for (const table of TABLES) {
      const schema = table.name.split('.')[0];
      const keeper = ACCESS.find((one) => one.schema === schema && one.keepsPartitions)?.process ?? '';
      const db = openDatabase(urlFor(url, keeper), {
        pool: 1,
        processName: keeper,
        security: databaseSecurityOf(stack, keeper),
      });
      await ensurePartitions(db, [table], LATER.from.getTime(), [0]).finally(() => db.close());
    }
    await tried(
      'retention',
      `DROP TABLE ${APART}`,
      ...TABLES.filter(({ name }) => name !== 'orchestrator.journal').flatMap((table) =>
        [OLD, LATER].flatMap(({ from }) => [
          `ALTER TABLE ${table.name} DETACH PARTITION ${partitionName(table, from)}`,
          `DROP TABLE ${partitionName(table, from)}`,
        ]),
      ),
    );
  });

  it('is migrated by its owner from now on', () =>
    tried(
      OWNER,
      'ALTER TABLE orchestrator.sagas ADD COLUMN one_more int',
      'ALTER TABLE identity.api_keys ADD COLUMN one_more int',
      'ALTER TABLE payment.intents ADD COLUMN one_more int',
      'DROP FUNCTION orchestrator.refuse_audit_change() CASCADE',
      'CREATE SCHEMA one_more',
      'INSERT INTO public._prisma_migrations SELECT * FROM public._prisma_migrations WHERE false',
    ));

  it('stays as it is when the SQL runs again, which takes back what was granted beside it', async () => {
    const before = await everything();
    await admin.query('GRANT USAGE ON SCHEMA orchestrator TO shipping');
    await admin.query('GRANT SELECT ON orchestrator.orders TO shipping');
    expect(await refusal('shipping', 'SELECT 1 FROM orchestrator.orders')).to.equal('permitted');
    const database = new URL(url).pathname.slice(1);
    for (let round = 0; round < 2; round++)
      await admin.query([createRoles(), ownDatabase(database), grantDatabase(database)].join('\n'));
    expect(await refusal('shipping', 'SELECT 1 FROM orchestrator.orders')).to.match(/permission denied/);
    const after = await everything();
    expect(after.map(({ what, owner }) => ({ what, owner }))).to.deep.equal(
      before.map(({ what, owner }) => ({ what, owner })),
    );
  });
});

// The stack of the other tests: on a plain one the processes are the superuser, and go on as that.
describe('a database of one superuser that is in use', function () {
  this.timeout(300_000);
  let shop: Shop;
  let admin: pg.Client;
  before(async function () {
    if (isSecure('test')) this.skip();
    shop = await openShop('moving', { only: ORDER_PROCESSES, gateway: 'none' });
    admin = new pg.Client(connectionTo(shop.databaseUrl));
    await admin.connect();
  });
  after(async () => {
    await admin?.end();
    await shop?.stop();
  });

  it('is handed over while orders flow, and none is held up or lost', async () => {
    const ids: string[] = [];
    let isMoved = false;
    const placing = (async () => {
      // Some more afterwards: they meet the new owners.
      for (let rest = 20; rest > 0; rest -= isMoved ? 1 : 0) {
        ids.push(...(await shop.placeMany(3, () => ({}))));
        await sleep(50);
      }
    })();
    await shop.ended(await shop.placeMany(3, () => ({})));
    await admin.query(createRoles());
    const database = new URL(shop.databaseUrl).pathname.slice(1);
    // A lock that is not to be had, or a deadlock with a process: it ends, nothing is handed over, and it may be run again.
    await waitUntil(
      () => admin.query(grantDatabase(database)).catch((error: Error) => error.message),
      (done) => typeof done !== 'string',
    );
    isMoved = true;
    await placing;
    const shown = await shop.ended(ids, ENDED_WITHIN_MS);
    expect(shown.filter(({ status }) => status !== 'completed')).to.deep.equal([]);
    const { rows } = await admin.query<Owned>(EVERYTHING);
    expect(rows.filter(({ owner }) => owner === DATABASE_ADMIN)).to.deep.equal([]);
    await waitUntil(
      () => verifyLedger({ databaseUrl: shop.databaseUrl }),
      (results) => results.every(({ violations }) => violations === 0),
      { everyMs: 1_000, what: 'a ledger without violations' },
    );
  });
});
