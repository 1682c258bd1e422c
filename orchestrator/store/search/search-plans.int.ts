/**
 * Searches read what their source is for and no more, where sagas that are done outnumber active ones a hundred to one, and
 * stuck ones a thousand to one.
 */
import { expect } from 'chai';
import type { SagaFilter, SagaSort } from '#engine/search/saga-filter.ts';
import { SEARCH_FIELDS } from '#orchestrator/sagas/search.ts';
import { type Database, openDatabase, type Sql } from '#platform/postgres/database.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { idsMatching, listSagas, type PageRequest } from '../list-sagas.ts';
import { PARTITIONED } from '../tables.ts';
import { countSagas } from './count-sagas.ts';

const SAGAS = 60_000;
const ACTIVE_EVERY = 100;
const STUCK_EVERY = 1_000;
const ACTIVE = SAGAS / ACTIVE_EVERY;
const SCAN = 500;
const LIMIT = 50;

const FILL = [
  `INSERT INTO orchestrator.sagas (id, definition, definition_version, partition, customer_id, input, created_at, version,
     state, status, context, pending, stuck, state_since, due_at)
   SELECT uuidv7(), 'order', 1, n % 12, 'customer-' || n % 1000,
     json_build_object('customerId', 'customer-' || n % 1000, 'items', json_build_array(json_build_object('sku', 'sku-' || n % 50)),
       'currency', 'EUR', 'amount', n),
     now(), 2, CASE WHEN n % ${ACTIVE_EVERY} = 0 THEN 'chargingPayment' ELSE 'completed' END,
     CASE WHEN n % ${ACTIVE_EVERY} = 0 THEN 'running' ELSE 'completed' END, json_build_object('chargeId', 'ch_' || n), '{}',
     CASE WHEN n % ${STUCK_EVERY} = 0 THEN '{"since":"2026-11-30T03:00:00.000Z","code":"parked","fingerprint":"0011223344556677"}'::json END,
     now() - n * interval '1 ms', CASE WHEN n % ${ACTIVE_EVERY} = 0 THEN now() + n / 300 * interval '1 ms' END
     FROM generate_series(1, ${SAGAS}) n`,
  `INSERT INTO orchestrator.orders SELECT id, customer_id, id::text, 'hash', 'EUR', 1, created_at FROM orchestrator.sagas`,
  'ANALYZE orchestrator.sagas, orchestrator.orders',
];

describe('searches on full tables', () => {
  let test: TestDatabase;
  /** As the API opens it. */
  let db: Database;
  let sent: Array<{ text: string; values: unknown[] }> = [];
  before(async () => {
    test = await openTestDatabase(...PARTITIONED.map(({ name }) => name));
    for (const statement of FILL) await test.db.execute(statement);
    const api = openDatabase(test.url, { pool: 1, processName: 'api', plans: 'probes' });
    test.watch(api);
    const recorded =
      (sql: Sql): Sql['query'] =>
      (text, ...values) => {
        sent.push({ text, values });
        return sql.query(text, ...values);
      };
    db = {
      ...api,
      query: recorded(api),
      transaction: (work) => api.transaction((sql) => work({ ...sql, query: recorded(sql) })),
    };
  });
  after(async () => {
    await db.close();
    await test.close();
  });

  const page = (filter: SagaFilter, sort: SagaSort = 'newest'): PageRequest => ({
    ...{ filter, sort, fields: SEARCH_FIELDS, asOfMs: Date.now() + 60_000, after: null, limit: LIMIT },
  });

  /** The rows of sagas and orders that the statements of a search touched, and their plans. */
  async function touchedBy(search: () => Promise<unknown>): Promise<{ rows: number; plan: string }> {
    sent = [];
    await search();
    const plans: string[] = [];
    let rows = 0;
    for (const { text, values } of sent.slice()) {
      const [found] = await db.query<{ 'QUERY PLAN': Array<{ Plan: Plan }> }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
        ...values,
      );
      for (const node of (found?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => everyNode(Plan))) {
        const table = node['Relation Name'] ?? node['Index Name'] ?? '';
        if (!/Scan$/.test(node['Node Type']) || !/^(sagas|orders)/.test(table)) continue;
        if (node['Node Type'] === 'Bitmap Index Scan') {
          plans.push(`${node['Node Type']} ${table}`);
          continue;
        }
        rows += (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
        plans.push(`${node['Node Type']} ${node['Index Name'] ?? ''} ${table}`);
      }
    }
    return { rows, plan: plans.join('\n') };
  }

  const CASES: ReadonlyArray<readonly [string, SagaFilter, SagaSort, number, RegExp]> = [
    ['the stuck ones', { stuck: true }, 'newest', SAGAS / STUCK_EVERY + LIMIT + 1, /_stuck|sagas_\w*id_idx/],
    [
      'those of a state',
      { state: 'chargingPayment', active: true },
      'oldest',
      ACTIVE + 2 * SCAN + 2 * LIMIT,
      /due_at_idx/,
    ],
    ['the longest in their state', {}, 'longestInState', ACTIVE + LIMIT + 1, /due_at_idx/],
    [
      'the failures of a participant',
      { failureParticipant: 'payment', failureCode: 'parked' },
      'newest',
      ACTIVE + 2 * SCAN + 2 * LIMIT,
      /due_at_idx/,
    ],
    [
      'a group of failures',
      { fingerprint: '0011223344556677' },
      'newest',
      ACTIVE + 2 * SCAN + 2 * LIMIT,
      /due_at_idx/,
    ],
    ['an active sku', { active: true, sku: 'sku-0' }, 'newest', ACTIVE + 2 * SCAN + 2 * LIMIT, /due_at_idx/],
    [
      'an active gateway id',
      { active: true, gatewayId: 'ch_100' },
      'newest',
      ACTIVE + 2 * SCAN + 2 * LIMIT,
      /due_at_idx/,
    ],
    [
      'an active amount',
      { active: true, minAmount: 1, maxAmount: 900 },
      'newest',
      ACTIVE + 2 * SCAN + 2 * LIMIT,
      /due_at_idx/,
    ],
    [
      'active text',
      { active: true, text: 'customer-10' },
      'newest',
      ACTIVE + 2 * SCAN + 2 * LIMIT,
      /due_at_idx/,
    ],
    ['a customer', { customerId: 'customer-7' }, 'newest', 3 * (SAGAS / 1_000), /orders_customer_id_/],
    ['the newest', {}, 'newest', 3 * (LIMIT + 1), /sagas_\w*pkey/],
    ['the oldest', {}, 'oldest', 3 * (LIMIT + 1), /sagas_\w*pkey/],
    ['a sku of any', { sku: 'sku-7' }, 'newest', 2 * SCAN + LIMIT + 1, /sagas_\w*pkey/],
    ['nothing of any', { text: 'nowhere' }, 'oldest', 2 * SCAN, /sagas_\w*pkey/],
  ];

  for (const [what, filter, sort, most, index] of CASES) {
    it(`find ${what} by an index, in at most ${most} rows`, async () => {
      const { rows, plan } = await touchedBy(() => listSagas(db, page(filter, sort), SCAN));
      expect(plan)
        .to.match(index)
        .and.not.match(/Seq Scan/);
      expect(rows, plan).to.be.at.most(most);
    });
  }

  it('count the active ones in one pass', async () => {
    const { filter, fields, asOfMs } = page({ active: true });
    const { rows, plan } = await touchedBy(async () => {
      const counted = await countSagas(db, { filter, fields, asOfMs });
      expect(counted.sagas).to.equal(ACTIVE);
      expect(counted.groups.map(({ sagas }) => sagas)).to.deep.equal([SAGAS / STUCK_EVERY]);
    });
    expect(plan)
      .to.match(/due_at_idx/)
      .and.not.match(/Seq Scan/);
    // Where a slice ends is read once more.
    expect(rows, plan).to.be.at.most(2 * ACTIVE + 50);
  });

  it('count slice by slice what they count at once', async () => {
    const { filter, fields, asOfMs } = page({ active: true });
    const whole = await countSagas(db, { filter, fields, asOfMs });
    sent = [];
    expect(await countSagas(db, { filter, fields, asOfMs }, { sliceRows: 100 })).to.deep.equal(whole);
    expect(sent).to.have.length.within(3, 7);
    const failing = { ...filter, stuck: false };
    const others = await countSagas(db, { filter: failing, fields, asOfMs }, { sliceRows: 100 });
    expect(others.sagas).to.equal(ACTIVE - SAGAS / STUCK_EVERY);
  });

  it('find a page of active sagas among the newest, where many are active', async () => {
    const few = { ...page({ active: true }), limit: 3 };
    const { rows, plan } = await touchedBy(() => listSagas(db, few, SCAN));
    expect(plan)
      .to.match(/pkey/)
      .and.not.match(/due_at_idx/);
    expect(rows, plan).to.be.at.most(SCAN);
    const seen: string[] = [];
    let after = null as PageRequest['after'];
    do {
      const found = await listSagas(db, { ...page({ active: true }), limit: 50, after }, 20_000);
      seen.push(...found.items.map(({ id }) => id));
      after = found.next;
    } while (after !== null);
    expect(new Set(seen).size).to.equal(ACTIVE);
    expect(seen).to.deep.equal(seen.toSorted().reverse());
  });

  it('find the set of a filter, complete or up to its bound', async () => {
    const { filter, fields, asOfMs } = page({ stuck: true });
    const whole = await idsMatching(db, { filter, fields, asOfMs }, 1_000);
    expect(whole.isComplete).to.equal(true);
    expect(whole.sagas).to.have.length(SAGAS / STUCK_EVERY);
    const part = await idsMatching(db, { filter, fields, asOfMs }, 7);
    expect(part).to.deep.equal({ sagas: whole.sagas.slice(0, 7), isComplete: false });
    const done = await idsMatching(db, { filter: { sku: 'sku-7' }, fields, asOfMs }, 5_000, 10_000);
    expect(done.isComplete).to.equal(true);
    expect(done.sagas).to.have.length(SAGAS / 50);
    expect(new Set(done.sagas.map(({ id }) => id)).size).to.equal(SAGAS / 50);
  });
});

/** A node of EXPLAIN's JSON, as far as these tests read it. */
interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

function everyNode(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(everyNode)];
}
