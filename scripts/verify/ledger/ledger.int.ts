/** Every invariant holds on database the product has made, and every one of them can be seen to fail. */
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { dropDatabase } from '#scripts/run/stack/database.ts';
import { type FreshDatabase, freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { fillShop, spoil } from './damaged-shop.ts';
import { DAMAGES } from './damages.ts';
import { INVARIANTS } from './invariants/index.ts';
import { allHold, type LedgerResult, verifyLedger } from './verify.ts';

const AT_ONCE = { mailMs: 0, clockMs: 0 };

describe('the ledger', () => {
  let database: FreshDatabase;
  let ids: Readonly<Record<string, string>>;

  before(async () => {
    database = await freshDatabase((await stackUp({ name: defaultStack() })).postgres);
    ids = await fillShop(database.url);
  });
  after(() => database[Symbol.asyncDispose]());

  it('holds on the database of orders that ended well, ended badly, and wait', async () => {
    const results = await verifyLedger({ databaseUrl: database.url, limits: AT_ONCE });
    expect(broken(results)).to.deep.equal([]);
    expect(allHold(results)).to.equal(true);
    expect(countsOf(results, 'every order ends')).to.include({
      orders: 8,
      completed: 3,
      failed: 4,
      moving: 1,
      unstarted: 1,
    });
    expect(countsOf(results, 'money, own records')).to.include({ charged: 4, refunded: 1, declined: 2 });
    expect(countsOf(results, 'money, returned')).to.deep.equal({ own: 1, foreign: 0, pending: 0, failed: 0 });
    expect(countsOf(results, 'reservations')).to.include({ confirmed: 3, released: 3 });
    expect(countsOf(results, 'shipments')).to.include({ live: 3 });
    expect(countsOf(results, 'coupons')).to.include({ campaigns: 2, issued: 2 });
    expect(countsOf(results, 'redemptions')).to.include({ ordered: 2, used: 1, unused: 1 });
    expect(countsOf(results, 'coupon uses')).to.include({ redeemed: 2, refused: 0, restored: 1 });
    expect(countsOf(results, 'e-mails')).to.include({ sent: 7 });
  });

  for (const { invariant, reports, sql } of DAMAGES) {
    it(`${invariant}: sees ${reports.source}`, async () => {
      await using copy = await copyOf(database);
      await spoil(copy.url, sql, ids);
      const results = await verifyLedger({ databaseUrl: copy.url, limits: AT_ONCE });
      expect(allHold(results)).to.equal(false);
      const found = results.find(({ name }) => name === invariant);
      expect(found?.examples.map(({ what }) => what).join('\n')).to.match(reports);
    });
  }

  it('has a damage for every invariant', () => {
    const elsewhere = ['money, gateway', 'money, returned at the gateway'];
    const shown = new Set([...elsewhere, ...DAMAGES.map(({ invariant }) => invariant)]);
    expect(INVARIANTS.map(({ name }) => name).filter((name) => !shown.has(name))).to.deep.equal([]);
  });
});

function broken(results: readonly LedgerResult[]): string[] {
  return results.flatMap(({ name, examples }) => examples.map(({ id, what }) => `${name}: ${id} ${what}`));
}

function countsOf(results: readonly LedgerResult[], invariant: string): Readonly<Record<string, number>> {
  return results.find(({ name }) => name === invariant)?.counted ?? {};
}

/** A copy of a database without connections. */
async function copyOf({ url, name }: FreshDatabase): Promise<{ url: string } & AsyncDisposable> {
  const copy = new URL(url);
  copy.pathname = `/${name}_copy`;
  const server = new URL(url);
  server.pathname = '/postgres';
  const client = new pg.Client(connectionTo(server.href));
  await client.connect();
  await client.query(`CREATE DATABASE ${name}_copy TEMPLATE ${name}`);
  await client.end();
  return { url: copy.href, [Symbol.asyncDispose]: () => dropDatabase(copy.href) };
}
