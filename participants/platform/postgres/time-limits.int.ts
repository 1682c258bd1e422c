/** Statements against a PostgreSQL that stalls: the server gives up first, and an abandoned statement is known as such. */
import { expect } from 'chai';
import { messageOf, RetryableError } from '#protocol/errors.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type Database, isOutcomeUnknown, openDatabase, sqlState } from './database.ts';
import { type LossyProxy, openLossyProxy } from './testing/lossy-proxy.ts';

const POOL = 3;
const QUERY_MS = 2_000;
const INSERT = 'INSERT INTO notes (id) VALUES ($1::int)';

describe('a database that stalls', () => {
  let test: TestDatabase;
  let proxy: LossyProxy;
  let db: Database;
  before(async () => {
    test = await openTestDatabase();
    await test.db.execute('CREATE TABLE notes (id int PRIMARY KEY)');
  });
  after(() => test?.close());
  beforeEach(async () => {
    await test.db.execute('TRUNCATE notes');
    proxy = await openLossyProxy(test.url);
    db = openDatabase(proxy.url, { pool: POOL, processName: 'stalled', queryTimeoutMs: QUERY_MS });
  });
  afterEach(async () => {
    await db.close();
    await proxy.close();
  });

  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => error,
    );
  const backends = async () => {
    const [row] = await test.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'stalled' AND datname = current_database()`,
    );
    return row?.count ?? 0;
  };
  const ids = async () =>
    (await test.db.query<{ id: number }>('SELECT id FROM notes ORDER BY id')).map(({ id }) => id);

  // Regression: an order that was answered 503 after 5 s was carried out when the lock was gone.
  it('cancels on the server what waits for a lock, before the client gives up, and never does it', async () => {
    let most = 0;
    await test.db.transaction(async (sql) => {
      await sql.execute('LOCK TABLE notes IN SHARE ROW EXCLUSIVE MODE');
      const failures: unknown[] = [];
      const writes = Array.from({ length: 3 * POOL }, (_, i) => failure(db.execute(INSERT, i)));
      for (const write of writes) void write.then((error) => failures.push(error));
      await waitUntil(
        async () => {
          await sql.query('SELECT 1');
          most = Math.max(most, await backends());
          return failures.length;
        },
        (count) => count === writes.length,
      );
      for (const error of failures) {
        expect(isOutcomeUnknown(error), messageOf(error)).to.equal(false);
        expect(['55P03', undefined], messageOf(error)).to.include(sqlState(error)?.state);
      }
      expect(most).to.be.within(1, POOL);
    });
    await db.execute(INSERT, 100);
    expect(await ids()).to.deep.equal([100]);
  });

  it('ends a long statement on the server before the client gives up', async () => {
    const error = await failure(db.query('SELECT pg_sleep(30)'));
    expect(sqlState(error)?.state).to.equal('57014');
    expect(await failure(db.query('SELECT 1'))).to.equal(null);
  });

  it('knows that the outcome of a statement whose answer was lost is unknown', async () => {
    await db.query('SELECT 1');
    proxy.loseAnswers();
    expect(isOutcomeUnknown(await failure(db.execute(INSERT, 1)))).to.equal(true);
    expect(await ids()).to.deep.equal([1]);
    expect(await failure(db.execute(INSERT, 2)), 'another connection').to.equal(null);
  });

  it('knows that the outcome of a COMMIT whose connection broke is unknown, and of an earlier statement is not', async () => {
    const commit = await failure(
      db.transaction(async (sql) => {
        await sql.execute(INSERT, 1);
        proxy.cutAtAnswer();
      }),
    );
    expect(isOutcomeUnknown(commit)).to.equal(true);
    expect(await ids()).to.deep.equal([1]);
    const earlier = await failure(
      db.transaction(async (sql) => {
        proxy.cutAtAnswer();
        await sql.execute(INSERT, 2);
      }),
    );
    expect(earlier).to.be.instanceOf(RetryableError).and.to.include({ code: 'database-unavailable' });
    expect(await ids()).to.deep.equal([1]);
  });

  it('does not call a read unknown', async () => {
    await db.query('SELECT 1');
    proxy.loseAnswers();
    const error = await failure(db.query('SELECT id FROM notes'));
    expect(error).to.be.instanceOf(RetryableError).and.to.include({ code: 'database-unavailable' });
  });

  it('keeps an abandoned statement’s place in the pool until the server is done with it', async () => {
    await Promise.all(Array.from({ length: POOL }, () => db.query('SELECT pg_sleep(0.2)')));
    proxy.loseAnswers();
    await Promise.all(Array.from({ length: POOL }, (_, i) => failure(db.execute(INSERT, i))));
    const error = await failure(db.execute(INSERT, 10));
    expect(error).to.be.instanceOf(RetryableError).and.to.include({ code: 'database-unavailable' });
    expect(await backends()).to.equal(POOL);
    expect(await ids()).to.deep.equal([0, 1, 2]);
  });

  it('does not take a transaction for done that the server rolled back', async () => {
    const error = await failure(
      db.transaction(async (sql) => {
        await sql.execute(INSERT, 1);
        await failure(sql.execute('SELECT 1 / 0'));
      }),
    );
    expect(error).to.be.instanceOf(Error);
    expect(await ids()).to.deep.equal([]);
  });
});
