/** The auditor finds every damage of the ledger's own tests on a live database, and forgets it once it is undone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { silent } from '#platform/process/log.ts';
import { type FreshDatabase, freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { fillShop, spoil } from '#scripts/verify/ledger/damaged-shop.ts';
import { DAMAGES } from '#scripts/verify/ledger/damages.ts';
import { keepRows } from '#scripts/verify/ledger/undo-damage.ts';
import { verifyLedger } from '#scripts/verify/ledger/verify.ts';
import { type Audit, openAudit } from './audit.ts';
import { INVARIANTS } from './invariants/index.ts';
import { HIGHEST, LOWEST } from './rounds.ts';
import { lowerEnd, sliceJudge } from './slice/slice-statement.ts';

/** The auditor's clock runs so many times as fast: its rounds of 20 s take 0.4 s. */
const SPEED = 50;
const WITHIN_MS = 120_000;
const LIMITS = { unstartedMs: 240_000, mailMs: 0 };
const TABLE_RULES = INVARIANTS.filter((one) => 'shows' in one).map(({ name }) => name);
const ORDER_RULES = INVARIANTS.filter((one) => !('shows' in one));

describe('the auditor', function () {
  this.timeout(WITHIN_MS * 2);
  let database: FreshDatabase;
  let ids: Readonly<Record<string, string>>;
  let undo: () => Promise<void>;
  let slices: Database;
  let tables: Database;
  let audit: Audit;
  const began = Date.now();
  const now = () => began + (Date.now() - began) * SPEED;

  before(async () => {
    database = await freshDatabase((await stackUp({ name: defaultStack() })).postgres);
    ids = await fillShop(database.url);
    await spoil(
      database.url,
      [`UPDATE orchestrator.sagas SET created_at = now() + interval '1 h' WHERE id = '$waiting'`],
      ids,
    );
    undo = await keepRows(database.url);
    const options = { processName: 'auditor', reads: 'snapshots' as const };
    slices = openDatabase(database.url, { ...options, pool: 2, plans: 'ranges' });
    tables = openDatabase(database.url, { ...options, pool: 1, plans: 'tables' });
    const rest = (ms: number, signal: AbortSignal) =>
      sleep(Math.max(0, ms) / SPEED, undefined, { signal }).catch(() => {});
    audit = openAudit({ slices, tables, cores: 1, limits: LIMITS, log: silent, now, rest });
  });
  after(async () => {
    await audit.close();
    await Promise.all([slices.close(), tables.close()]);
    await database[Symbol.asyncDispose]();
  });

  const known = () =>
    audit.report.first(1_000).map(({ invariant, id, what }) => `${invariant}: ${id} ${what}`);
  const byLedger = async () => {
    const results = await verifyLedger({ databaseUrl: database.url, limits: { ...LIMITS, clockMs: 0 } });
    return results.flatMap(({ name, examples }) => examples.map(({ id, what }) => `${name}: ${id} ${what}`));
  };
  const within = { withinMs: WITHIN_MS };
  const isClean = () => waitUntil(known, (seen) => seen.length === 0, within);

  it('finds nothing in a database that is as it must be, and has checked all of it', async () => {
    await waitUntil(() => audit.report.checkedAt.size === INVARIANTS.length, Boolean, within);
    expect(known()).to.deep.equal([]);
    expect(audit.report.ordersChecked).to.be.at.least(8);
  });

  for (const { invariant, reports, sql } of DAMAGES) {
    it(`${invariant}: finds ${reports.source}, and forgets it`, async () => {
      await isClean();
      await spoil(database.url, sql, ids);
      const find = () =>
        audit.report.first(1_000).find((one) => one.invariant === invariant && reports.test(one.what));
      const found = await waitUntil(find, Boolean, within);
      if (TABLE_RULES.includes(invariant)) expect(found?.orderId).to.equal(null);
      else expect(ordersIn(sql)).to.include(found?.orderId);
      const expected = await byLedger();
      await waitUntil(known, (seen) => sameMembers(seen, expected), within);
      expect(await bySmallSlices()).to.include.members(
        expected.filter((one) => !TABLE_RULES.some((name) => one.startsWith(`${name}: `))),
      );
      await undo();
      await isClean();
    });
  }

  /** What slices of one order each find. */
  async function bySmallSlices(): Promise<string[]> {
    const judge = sliceJudge(ORDER_RULES as never, LIMITS);
    const found: string[] = [];
    for (let high = HIGHEST; high > LOWEST; ) {
      const low = (await lowerEnd(slices, high, 1)) ?? LOWEST;
      const finding = await judge(slices, low, high);
      found.push(...finding.found.map(({ invariant, id, what }) => `${invariant}: ${id} ${what}`));
      high = low;
    }
    return found;
  }

  /** The orders that a damage is about: those it names, and those of the coupons it names. */
  function ordersIn(sql: readonly string[]): string[] {
    const text = sql.join(' ').replace('$used', '$couponed').replace('$free', '$returned');
    const named = [...text.matchAll(/\$(\w+)/g)].flatMap(([, name = '']) => ids[name] ?? []);
    return [...named, ...(text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [])];
  }
});

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
