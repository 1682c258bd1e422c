/** Prisma's client over the driver's pool: the same instants, the same errors. */
import { expect } from 'chai';
import pg from 'pg';
import { RetryableError } from '#protocol/errors.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { openDatabase, sqlState } from './database.ts';
import { openPrisma, type Prisma } from './prisma.ts';

const AT = new Date('2026-07-01T12:34:56.789Z');
const campaign = (change = {}) => ({
  id: crypto.randomUUID(),
  name: 'summer',
  total: 1,
  discountKind: 'percent',
  discountValue: 10,
  createdAt: AT,
  createdBy: 'ada',
  ...change,
});

describe("Prisma's client", () => {
  let test: TestDatabase;
  let prisma: Prisma;
  before(async () => {
    test = await openTestDatabase();
    prisma = openPrisma(test.db);
  });
  after(() => test?.close());

  it('writes and reads the instants of the driver, whatever the time zone of the database', async () => {
    const name = new URL(test.url).pathname.slice(1);
    await test.db.execute(`ALTER DATABASE ${name} SET timezone = 'America/New_York'`);
    const db = openDatabase(test.url, { pool: 1, processName: 'test' });
    try {
      const { id, createdAt } = await openPrisma(db).campaign.create({ data: campaign() });
      expect(createdAt).to.deep.equal(AT);
      const text = 'SELECT created_at AS at FROM coupon.campaigns WHERE id = $1::uuid';
      expect(await test.db.query(text, id)).to.deep.equal([{ at: AT }]);
    } finally {
      await db.close();
    }
  });

  it("fails with PostgreSQL's error where a statement is refused", async () => {
    const data = campaign();
    await prisma.campaign.create({ data });
    const error = await prisma.campaign.create({ data }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(pg.DatabaseError);
    expect(sqlState(error)).to.deep.equal({ state: '23505', names: true });
  });

  it('fails with a RetryableError where the database does not answer', async () => {
    const away = openDatabase('postgresql://nobody@127.0.0.1:1/nothing', { pool: 1, processName: 'test' });
    const error = await openPrisma(away)
      .campaign.findMany()
      .catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(RetryableError).and.to.include({ code: 'database-unavailable' });
    await away.close();
  });
});
