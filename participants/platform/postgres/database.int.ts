/** A transaction against PostgreSQL whose owner freezes. */
import { expect } from 'chai';
import { RetryableError } from '#protocol/errors.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { sqlState } from './database.ts';

describe('a transaction', () => {
  let test: TestDatabase;
  before(async () => {
    test = await openTestDatabase();
    await test.db.execute('CREATE TABLE counters (id int PRIMARY KEY, value int)');
    await test.db.execute('INSERT INTO counters VALUES (1, 0)');
  });
  after(() => test?.close());

  // Regression: a frozen coupon issuer kept its campaign's row locked against its successor.
  it('of a frozen owner releases its rows, and fails at the owner’s next statement', async () => {
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const silent = test.db
      .transaction(async (sql) => {
        await sql.execute('UPDATE counters SET value = value + 1 WHERE id = 1');
        held.resolve();
        await woken;
        await sql.execute('UPDATE counters SET value = value + 1 WHERE id = 1');
      })
      .then(
        () => null,
        (error: unknown) => error,
      );
    await held.promise;
    let changed = 0;
    const taking = test.other
      .execute('UPDATE counters SET value = value + 10 WHERE id = 1')
      .then((rows) => (changed = rows));
    await waitUntil(() => changed).finally(wake);
    await taking;
    const error = await silent;
    expect(error instanceof RetryableError || sqlState(error)?.state === '25P03', String(error)).to.equal(
      true,
    );
    const [row] = await test.db.query<{ value: number }>('SELECT value FROM counters');
    expect(row?.value).to.equal(10);
  });
});
