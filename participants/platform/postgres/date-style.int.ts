/** Times are read right from a database whose default form of dates is not ISO. */
import { expect } from 'chai';
import { openTestDatabase } from '#runtime/testing/database.ts';
import { openDatabase } from './database.ts';

it('a database with DateStyle "SQL, DMY" and another time zone gives the same instants', async () => {
  const test = await openTestDatabase();
  const name = new URL(test.url).pathname.slice(1);
  await test.db.execute(`ALTER DATABASE "${name}" SET datestyle = 'SQL, DMY'`);
  await test.db.execute(`ALTER DATABASE "${name}" SET timezone = 'Asia/Kathmandu'`);
  const db = openDatabase(test.url, { pool: 1, processName: 'test' });
  try {
    const [row] = await db.query<{ at: Date }>(`SELECT '2026-07-22T10:00:00Z'::timestamptz AS at`);
    expect(row?.at).to.deep.equal(new Date('2026-07-22T10:00:00Z'));
  } finally {
    await db.close();
    await test.close();
  }
});
