/** Migrations of a database that serves: nobody who writes waits for an index, nor behind a migration that waits. */
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { type FreshDatabase, freshDatabase } from '../stack/fresh-database.ts';
import { stackUp } from '../stack/stack.ts';
import { waitUntil } from '../wait-until.ts';
import { buildIndexes } from './build-indexes.ts';
import { migrate } from './migrate.ts';

/** A migration that alters one table. */
const LAST = '20261130000091_brake_opens';
/** A statement that waits longer than this waits for a lock. */
const LOCK_MS = 15_000;
const MADE = `
CREATE SCHEMA trial;
CREATE TABLE trial.months (id int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE trial.first PARTITION OF trial.months FOR VALUES FROM (0) TO (100);
CREATE TABLE trial.second PARTITION OF trial.months FOR VALUES FROM (100) TO (200);
CREATE TABLE trial.plain (id int NOT NULL)`;
const MIGRATION = `
CREATE INDEX IF NOT EXISTS months_idx ON trial.months (id) WHERE id > 5;
CREATE UNIQUE INDEX IF NOT EXISTS plain_key ON trial.plain (id);`;

describe('a migration of a database that serves', () => {
  let database: FreshDatabase;
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client(connectionTo(database.url));
    clients.push(client);
    await client.connect();
    await client.query(`SET lock_timeout = ${LOCK_MS}`);
    return client;
  };
  before(async () => {
    const { postgres } = await stackUp({ name: 'test' });
    database = await freshDatabase(postgres);
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await database[Symbol.asyncDispose]();
  });

  it('builds its indexes while others write, also on a partitioned table, and then finds them there', async () => {
    const [builder, slow, other] = [await connect(), await connect(), await connect()];
    await builder.query(MADE);
    await builder.query('SET lock_timeout = 0');
    // A plain CREATE INDEX would wait for this transaction, and the next writers for it.
    await slow.query('BEGIN');
    await slow.query('INSERT INTO trial.months VALUES (7), (107)');
    await slow.query('INSERT INTO trial.plain VALUES (1)');
    let built = false;
    const building = buildIndexes(builder, MIGRATION).then(() => {
      built = true;
    });
    await waitUntil(async () => {
      const { rows } = await other.query(
        `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'`,
        [(builder as unknown as { processID: number }).processID],
      );
      return rows.length > 0;
    });
    await other.query('INSERT INTO trial.months VALUES (8), (108)');
    await other.query('INSERT INTO trial.plain VALUES (2)');
    expect(built).to.equal(false);
    await slow.query('COMMIT');
    await building;
    await builder.query(MIGRATION);
    await buildIndexes(builder, MIGRATION);
    const { rows } = await other.query(
      `SELECT c.relname AS table, count(*)::int AS indexes, bool_and(i.indisvalid) AS valid
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'trial'::regnamespace
        GROUP BY 1 ORDER BY 1`,
    );
    expect(rows).to.deep.equal(
      ['first', 'months', 'plain', 'second'].map((table) => ({ table, indexes: 1, valid: true })),
    );
  });

  it('builds an index again that an interrupted attempt left half done', async () => {
    const client = await connect();
    await client.query('CREATE TABLE trial.twice (id int); INSERT INTO trial.twice VALUES (1), (1)');
    const unique = 'CREATE UNIQUE INDEX IF NOT EXISTS twice_key ON trial.twice (id);';
    expect(await buildIndexes(client, unique).catch(({ code }) => code)).to.equal('23505');
    await client.query('DELETE FROM trial.twice WHERE ctid = (SELECT max(ctid) FROM trial.twice)');
    await buildIndexes(client, unique);
    const { rows } = await client.query(
      `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'trial.twice_key'::regclass`,
    );
    expect(rows).to.deep.equal([{ valid: true }]);
  });

  it('gives up a lock that it does not get at once, lets others write, and gets it later', async () => {
    const [reader, writer] = [await connect(), await connect()];
    await writer.query('ALTER TABLE orchestrator.brakes DROP COLUMN opened_at');
    await writer.query('DELETE FROM public._prisma_migrations WHERE migration_name = $1', [LAST]);
    // A long reader, as a backup is.
    await reader.query('BEGIN');
    await reader.query('SELECT FROM orchestrator.brakes');
    const migrating = migrate(database.url);
    await waitUntil(async () => {
      const { rows } = await writer.query(
        'SELECT FROM public._prisma_migrations WHERE migration_name = $1 AND rolled_back_at IS NOT NULL',
        [LAST],
      );
      return rows.length > 0;
    });
    await writer.query(
      `INSERT INTO orchestrator.brakes (id, holds, reason, set_by, set_at)
       VALUES (gen_random_uuid(), 'intake', 'a trial', 'somebody', now())`,
    );
    await reader.query('COMMIT');
    expect(await migrating).to.deep.equal([LAST]);
  });
});
