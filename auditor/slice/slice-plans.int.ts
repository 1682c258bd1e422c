/** A slice reads ranges of indexes, of the partitions it is in, and as many rows as it has, however full the tables are. */
import { expect } from 'chai';
import pg from 'pg';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { type FreshDatabase, freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { fillShop } from '#scripts/verify/ledger/damaged-shop.ts';
import { multiplyOrder } from '#scripts/verify/ledger/many-orders.ts';
import { LIMITS, type OrderInvariant } from '../invariant.ts';
import { INVARIANTS } from '../invariants/index.ts';
import { HIGHEST } from '../rounds.ts';
import { ORDER_TABLES } from './order-tables.ts';
import { lowerEnd, sliceJudge } from './slice-statement.ts';

const ORDERS = 3_000;
const PER_SLICE = 100;
/** Rows of a table that an order has at the most: seven entries in the journal. */
const ROWS_AN_ORDER = 10;

interface Plan {
  readonly 'Node Type': string;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

describe('a slice on full tables', () => {
  let database: FreshDatabase;
  let db: Database;
  before(async () => {
    database = await freshDatabase((await stackUp({ name: defaultStack() })).postgres);
    const { good = '' } = await fillShop(database.url);
    await multiplyOrder(database.url, good, ORDERS);
    db = openDatabase(database.url, {
      pool: 1,
      processName: 'auditor',
      plans: 'ranges',
      reads: 'snapshots',
    });
  });
  after(async () => {
    await db.close();
    await database[Symbol.asyncDispose]();
  });

  const isOfOrders = (one: OrderInvariant | object): one is OrderInvariant => 'sliced' in one;
  const judge = sliceJudge(INVARIANTS.filter(isOfOrders), LIMITS);

  /** The plan of the statement, on the auditor's own settings, as prepared statements have it. */
  async function planOf(low: string, high: string): Promise<Plan> {
    let text = '';
    let values: unknown[] = [];
    const record = (statement: string, ...given: unknown[]) => {
      [text, values] = [statement, given];
      return Promise.resolve([{ orders: 0, found: null }] as never[]);
    };
    await judge({ query: record }, low, high);
    return explained(text, values);
  }

  /** The plan with which a statement is executed once it is prepared. */
  async function explained(text: string, values: readonly unknown[]): Promise<Plan> {
    const client = await db.pool.connect();
    try {
      await client.query(`PREPARE slice AS ${text}`);
      const literals = values.map((value) => pg.escapeLiteral(String(value))).join(', ');
      const { rows } = await client.query(
        `EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) EXECUTE slice(${literals})`,
      );
      return rows[0]['QUERY PLAN'][0].Plan as Plan;
    } finally {
      client.release(true);
    }
  }

  // Regression: it sorted by the id's text, so each slice read and sorted every saga there is.
  it('finds the lower end of a slice by as many entries of an index', async () => {
    let statement: Promise<Plan> | undefined;
    const record = async (text: string, ...values: unknown[]) => {
      statement = explained(text, values);
      return [];
    };
    await lowerEnd({ query: record }, HIGHEST, PER_SLICE);
    if (statement === undefined) throw new Error('no statement');
    const nodes = flat(await statement);
    expect(nodes.map((node) => node['Node Type'])).not.to.include('Sort');
    const scans = nodes.filter((node) => /Scan/.test(node['Node Type']));
    expect(scans.length).to.be.above(0);
    expect(scans.reduce((sum, scan) => sum + scan['Actual Rows'], 0)).to.be.at.most(PER_SLICE);
  });

  it('reads every table by a range of an index, and no row of other slices', async () => {
    const high = await lowerEnd(db, HIGHEST, ORDERS / 2);
    const low = await lowerEnd(db, high ?? '', PER_SLICE);
    const nodes = flat(await planOf(low ?? '', high ?? ''));
    expect(nodes.map((node) => node['Node Type'])).not.to.include('Seq Scan');
    const scans = nodes.filter((node) => /Index/.test(node['Node Type']));
    expect(scans.length).to.be.at.least(Object.keys(ORDER_TABLES).length);
    for (const scan of scans) expect(scan['Index Cond'], JSON.stringify(scan)).to.be.a('string');
    for (const scan of scans)
      expect(scan['Actual Rows'] * scan['Actual Loops'], JSON.stringify(scan)).to.be.at.most(
        PER_SLICE * ROWS_AN_ORDER,
      );
  });

  it('judges as many orders as it is wide, and the whole range as all of them', async () => {
    const low = await lowerEnd(db, HIGHEST, PER_SLICE);
    expect((await judge(db, low ?? '', HIGHEST)).orders).to.equal(PER_SLICE);
    const all = await judge(db, '00000000-0000-0000-0000-000000000000', HIGHEST);
    expect(all.orders).to.equal(ORDERS + 8);
  });

  for (const reads of ['snapshots', 'any-server'] as const) {
    it(`runs on connections that cannot write (${reads})`, async () => {
      const reader = openDatabase(database.url, { pool: 1, processName: 'auditor', plans: 'ranges', reads });
      const write = `UPDATE inventory.stock SET available = 0 WHERE sku = $1`;
      const refusal = (error: { code?: string; message: string }) => error.code ?? error.message;
      try {
        const inside = await reader
          .transaction(async (sql) => {
            const [row] = await sql.query<{ isolation: string }>(
              "SELECT current_setting('transaction_isolation') AS isolation",
            );
            expect(row?.isolation).to.equal('repeatable read');
            return sql.execute(write, 'espresso-cup');
          })
          .catch(refusal);
        expect(inside).to.equal('25006');
        expect(await reader.execute(write, 'espresso-cup').catch(refusal)).to.be.oneOf([
          '25006',
          'this pool only reads',
        ]);
      } finally {
        await reader.close();
      }
    });
  }
});

function flat(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flat)];
}
