/** Measures every kind of search of sagas on a database of its own, as the API reads it: with its settings, one at a time. */
import type { SagaFilter, SagaSort } from '#engine/search/saga-filter.ts';
import { SEARCH_FIELDS } from '#orchestrator/sagas/search.ts';
import { idsMatching, listSagas } from '#orchestrator/store/list-sagas.ts';
import { countSagas } from '#orchestrator/store/search/count-sagas.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { type Conditions, conditionsNow } from '../conditions.ts';
import { type Spread, spreadOf } from '../percentiles.ts';
import { type Amounts, fillSagas } from './fill-sagas.ts';

/** A page must not take longer, at the 95th percentile. */
export const P95_MAX_MS = 50;
const FILL_MAX_MS = 3 * 3_600_000;
const PAGE = 50;
const DAY_MS = 86_400_000;

export interface SearchOptions extends Amounts {
  readonly stack: string;
  /** How often each search is measured. */
  readonly times: number;
  readonly print: (line: string) => void;
}

export interface SearchReport {
  readonly benchmark: 'search';
  readonly conditions: Conditions;
  readonly amounts: Amounts;
  readonly megabytes: number;
  readonly searches: ReadonlyArray<{ readonly name: string; readonly found: number; readonly ms: Spread }>;
}

type Search = (db: Database) => Promise<number>;

function searchesAt(nowMs: number): Readonly<Record<string, Search>> {
  const of = (filter: SagaFilter) => ({ filter, fields: SEARCH_FIELDS, asOfMs: nowMs });
  const list = (filter: SagaFilter, sort: SagaSort = 'newest') => {
    const request = { ...of(filter), sort, after: null, limit: PAGE };
    return async (db: Database) => (await listSagas(db, request)).items.length;
  };
  const counts = (filter: SagaFilter) => async (db: Database) => (await countSagas(db, of(filter))).sagas;
  const active = (filter: SagaFilter) => list({ active: true, ...filter });
  const lastMonth = new Date(nowMs - 30 * DAY_MS).toISOString();
  return {
    'all, newest first': list({}),
    'all, oldest first': list({}, 'oldest'),
    stuck: list({ stuck: true }),
    running: list({ status: 'running' }),
    'longest in their state': list({}, 'longestInState'),
    'stalled: none': list({ stalled: true }),
    'paused: none': list({ paused: true }),
    'failed compensations': list({ failedCompensation: true }),
    'a group of failures: none': list({ fingerprint: '0000000000000000' }),
    'active, by sku': active({ sku: 'sku-77' }),
    'active, by gateway id: none': active({ gatewayId: 'pi_none' }),
    'active, by amount: none': active({ minAmount: 200_000 }),
    'active, by text': active({ text: 'sku-77' }),
    'active, by text: none': active({ text: 'nowhere' }),
    'a customer': list({ customerId: 'customer-77' }),
    failed: list({ status: 'failed' }),
    'any, by sku': list({ sku: 'sku-77' }),
    'any, by gateway id: none': list({ gatewayId: 'pi_none' }),
    'any, by amount: none': list({ minAmount: 200_000 }),
    'any, by text: none': list({ text: 'nowhere' }),
    'any, by an id: none': list({ text: '019a0000-0000-7000-8000-000000000001' }),
    'before last month, by sku': list({ sku: 'sku-77', createdBefore: lastMonth }),
    'counts of the active': counts({ active: true }),
    'counts of the stuck': counts({ stuck: true }),
    'counts of the failed': counts({ status: 'failed' }),
    'the set of the stuck': async (db) => (await idsMatching(db, of({ stuck: true }), 10_000)).sagas.length,
  };
}

/** Fills a database, measures, and drops it. */
export async function runSearch({ stack, ...options }: SearchOptions): Promise<SearchReport> {
  const { postgres } = await stackUp({ name: stack });
  const fresh = await freshDatabase(postgres);
  try {
    return await searchIn(fresh.url, options);
  } finally {
    await fresh[Symbol.asyncDispose]();
  }
}

async function searchIn(
  url: string,
  { done, active, times, print }: Omit<SearchOptions, 'stack'>,
): Promise<SearchReport> {
  const filling = openDatabase(url, { pool: 1, processName: 'fill', queryTimeoutMs: FILL_MAX_MS });
  let megabytes: number;
  try {
    await fillSagas(filling, { done, active }, print);
    megabytes = await sizeOf(filling);
  } finally {
    await filling.close();
  }
  const settings = { pool: 1, processName: 'api', plans: 'probes', queryTimeoutMs: 5_000 } as const;
  const db = openDatabase(url, settings);
  try {
    const searches = [];
    for (const [name, search] of Object.entries(searchesAt(Date.now())))
      searches.push({ name, ...(await measured(db, search, times)) });
    const amounts = { done, active };
    return { benchmark: 'search', conditions: conditionsNow({}), amounts, megabytes, searches };
  } finally {
    await db.close();
  }
}

async function measured(db: Database, search: Search, times: number): Promise<{ found: number; ms: Spread }> {
  // The first makes the plan.
  const found = await search(db);
  const took = new Float64Array(times);
  for (let i = 0; i < times; i++) {
    const from = performance.now();
    await search(db);
    took[i] = performance.now() - from;
  }
  const ms = spreadOf(took);
  if (ms === null) throw new Error('nothing was measured');
  return { found, ms };
}

async function sizeOf(db: Database): Promise<number> {
  const [row] = await db.query<{ bytes: number }>(
    `SELECT sum(pg_total_relation_size(c.oid))::float8 AS bytes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'orchestrator' AND c.relkind = 'r'`,
  );
  return Math.round((row?.bytes ?? 0) / 1_000_000);
}
