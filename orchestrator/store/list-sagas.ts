/** Lists sagas page by page, and the ids of all that match: each source of rows has a plan with an index of its own. */

import type { Failure, Incident, Status } from '#engine/saga.ts';
import type { SagaSort } from '#engine/search/saga-filter.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { CONDITION, idRangeOf, type SagaSearch, STALLED, valuesOf } from './search/conditions.ts';
import {
  FROM,
  lastReadOf,
  NEXT,
  rowsMax,
  rowsOf,
  SCAN_MAX,
  type Source,
  sourcesOf,
  TO,
} from './search/sources.ts';

/** Where a page begins: after this saga in the list's order. */
export interface Position {
  readonly id: string;
  /** Of a list by the time in the state, ms. */
  readonly stateSinceMs: number;
}

export interface PageRequest extends SagaSearch {
  /** null: the first page. */
  readonly after: Position | null;
  readonly limit: number;
}

export interface ListedSaga {
  readonly id: string;
  readonly definition: string;
  readonly definitionVersion: number;
  readonly customerId: string;
  readonly input: unknown;
  readonly status: Status;
  readonly state: string;
  readonly stuck: Incident | null;
  /** When the sweeper found it stalled, ms; null: it is not. */
  readonly stalledSince: number | null;
  readonly paused: boolean;
  readonly lastFailure: Failure | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly stateSince: Date;
  readonly endedAt: Date | null;
}

export interface SagaPage {
  readonly items: readonly ListedSaga[];
  /** Where the next page begins; null when there is none. */
  readonly next: Position | null;
}

/** A saga of a set that is to be acted on. */
export interface MatchingSaga {
  readonly id: string;
  readonly revision: number;
}

const LISTED = `s.id::text, s.definition, s.definition_version AS "definitionVersion", s.customer_id AS "customerId",
    s.input, s.status, s.state, s.stuck, s.last_failure AS "lastFailure", s.paused,
    CASE WHEN ${STALLED} THEN (s.sweep_state->'stalled'->>'since')::float8 END AS "stalledSince",
    s.revision, s.created_at AS "createdAt", s.state_since AS "stateSince", s.ended_at AS "endedAt"`;
const MATCHING = 's.id::text, s.revision';

/** Sorting by the time in the state reads all rows of the source first; the other orders are the sources' own. */
const ORDERS = {
  newest: { direction: 'DESC', by: 's.at DESC' },
  oldest: { direction: 'ASC', by: 's.at ASC' },
  longestInState: { direction: 'ASC', by: 's.state_since ASC, s.at ASC' },
} as const satisfies Record<SagaSort, { direction: 'ASC' | 'DESC'; by: string }>;

const SINCE = `$${NEXT}::timestamptz`;
const AFTER = `$${NEXT + 1}::uuid`;
const LIMIT = `$${NEXT + 2}::int`;

function textOf(source: Source, sort: SagaSort, columns: string): string {
  const { direction, by } = ORDERS[sort];
  return `
WITH page AS MATERIALIZED (SELECT s.id, row_number() OVER (ORDER BY ${by})::int AS nth FROM ${rowsOf(source, direction)}
  WHERE ${CONDITION} AND s.at > $${FROM}::uuid AND s.at < $${TO}::uuid
    AND (${SINCE} IS NULL OR (s.state_since, s.id) > (${SINCE}, ${AFTER}))
  ORDER BY ${by} LIMIT ${LIMIT})
SELECT f.*, e."lastRead" FROM (SELECT CASE WHEN (SELECT count(*) FROM page) < ${LIMIT}
    THEN ${lastReadOf(source, direction)} END AS "lastRead") e
  LEFT JOIN (SELECT p.nth, ${columns} FROM page p JOIN orchestrator.sagas s ON ${probe('s.id', 'p.id')}) f ON true
 ORDER BY f.nth`;
}

/** Each text is a constant: one a source, an order and what is read. */
const TEXTS = new Map<string, string>();
function statementOf(source: Source, sort: SagaSort, columns: string): string {
  const key = `${source} ${sort} ${columns}`;
  const text = TEXTS.get(key) ?? textOf(source, sort, columns);
  TEXTS.set(key, text);
  return text;
}

interface RawPage<Item> {
  readonly items: readonly Item[];
  /** The last id that was read when the bound of rows cut the page short; null: all were read. */
  readonly lastRead: string | null;
}

/** One page of one source. */
async function readPage<Item extends { readonly id: string }>(
  db: Database,
  source: Source,
  request: PageRequest,
  columns: string,
  scanMax: number,
): Promise<RawPage<Item>> {
  const { sort, after, limit } = request;
  const { from, to } = rangeAfter(request);
  const isByTime = sort === 'longestInState' && after !== null;
  const found = await db.query<(Item | { id: null }) & { nth: number | null; lastRead: string | null }>(
    statementOf(source, sort, columns),
    ...valuesOf(request),
    from,
    to,
    rowsMax(source, scanMax),
    isByTime ? new Date(after.stateSinceMs) : null,
    isByTime ? after.id : null,
    limit,
  );
  const items = found.flatMap(({ nth: _nth, lastRead: _last, ...item }) =>
    item.id === null ? [] : [item as unknown as Item],
  );
  return { items, lastRead: found[0]?.lastRead ?? null };
}

/** The filter's range of ids, from the position on. */
function rangeAfter(request: PageRequest): { from: string; to: string } {
  const { from, to } = idRangeOf(request);
  const { sort, after } = request;
  if (after === null || sort === 'longestInState') return { from, to };
  if (sort === 'newest') return { from, to: [to, after.id].sort()[0] ?? to };
  return { from: [from, after.id].sort()[1] ?? from, to };
}

/** So many rows in the order of creation are searched for a page of active sagas before all active ones are read. */
const DENSE_SCAN_MAX = 1_000;

/** One page. */
export async function listSagas(db: Database, request: PageRequest, scanMax = SCAN_MAX): Promise<SagaPage> {
  const { limit } = request;
  // One row more than the page shows whether there is another page.
  const more = { ...request, limit: limit + 1 };
  for (const source of sourcesOf(request)) {
    if (source === 'active' && request.sort !== 'longestInState') {
      // Where many are active the next page is at hand, and reading all of them would take seconds.
      const { items } = await readPage<ListedSaga>(
        db,
        'all',
        more,
        LISTED,
        Math.min(DENSE_SCAN_MAX, scanMax),
      );
      const page = items.slice(0, limit);
      if (items.length > limit) return { items: page, next: positionOf(page.at(-1)) };
    }
    const { items, lastRead } = await readPage<ListedSaga>(db, source, more, LISTED, scanMax);
    if (source === 'one' && items.length === 0) continue;
    const page = items.slice(0, limit);
    if (items.length > limit) return { items: page, next: positionOf(page.at(-1)) };
    return { items: page, next: lastRead === null ? null : { id: lastRead, stateSinceMs: 0 } };
  }
  return { items: [], next: null };
}

function positionOf(last: ListedSaga | undefined): Position | null {
  return last === undefined ? null : { id: last.id, stateSinceMs: last.stateSince.getTime() };
}

/** The most rows that finding a set reads. */
const SET_SCAN_MAX = 1_000_000;

/**
 * The sagas that match a filter, oldest first, up to `limit`.
 * @returns `isComplete`: there are no others; false: there are, or there may be beyond the rows it has read
 */
export async function idsMatching(
  db: Database,
  search: Omit<SagaSearch, 'sort'>,
  limit: number,
  scanMax = SCAN_MAX,
): Promise<{ sagas: MatchingSaga[]; isComplete: boolean }> {
  const all = { ...search, sort: 'oldest' } as const;
  for (const source of sourcesOf(all)) {
    const sagas: MatchingSaga[] = [];
    let after: Position | null = null;
    for (let read = 0; read < SET_SCAN_MAX && sagas.length <= limit; read += rowsMax(source, scanMax)) {
      const request: PageRequest = { ...all, after, limit: limit + 1 - sagas.length };
      const { items, lastRead } = await readPage<MatchingSaga>(db, source, request, MATCHING, scanMax);
      sagas.push(...items);
      if (source === 'one' && sagas.length === 0) break;
      const isComplete = sagas.length <= limit;
      if (lastRead === null) return { sagas: sagas.slice(0, limit), isComplete };
      after = { id: lastRead, stateSinceMs: 0 };
    }
    if (source !== 'one') return { sagas: sagas.slice(0, limit), isComplete: false };
  }
  return { sagas: [], isComplete: true };
}
