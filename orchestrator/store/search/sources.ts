/**
 * Where a search reads its rows. Each source reads a bounded number of rows by one index, and none by a condition of its own:
 * so a plan for any values is the right one for these.
 */
import { probe } from '#platform/postgres/probe.ts';
import { CONDITION_PARAMETERS, isActiveOnly, type SagaSearch, sagaIdIn } from './conditions.ts';

/** `one`: a saga by its id. `stuck`, `active`: by partial indexes. `customer`: one customer's. `all`: by creation. */
export type Source = 'one' | 'stuck' | 'active' | 'customer' | 'all';

/** Parameters after the condition's: the range of ids, exclusive, and the most rows to read. */
export const FROM = CONDITION_PARAMETERS + 1;
export const TO = FROM + 1;
export const ROWS = FROM + 2;
/** The next parameter. */
export const NEXT = FROM + 3;

/** The most rows that one page of the sources in the order of creation reads: it may be short and have a next one. */
export const SCAN_MAX = 10_000;
/** The most active sagas, which are read whole for each page: beyond it a page is of some of them. */
export const ACTIVE_MAX = 1_000_000;

/** The sources of a search, the narrowest first; one that has matches makes the others needless. */
export function sourcesOf(search: SagaSearch): Source[] {
  const { text, customerId, stuck } = search.filter;
  const isByCustomer = customerId !== undefined && search.sort !== 'longestInState';
  const found: Source = isByCustomer ? 'customer' : isActiveOnly(search) ? 'active' : 'all';
  const own = found === 'active' && stuck === true ? 'stuck' : found;
  // A UUID may be another id than the saga's.
  return text !== undefined && sagaIdIn(text) !== null ? ['one', own] : [own];
}

/** Whether the source reads its rows in the order of creation, up to a bound. */
export function isByCreation(source: Source): boolean {
  return source === 'all' || source === 'customer';
}

export function rowsMax(source: Source, scanMax = SCAN_MAX): number {
  return isByCreation(source) ? scanMax : ACTIVE_MAX;
}

/** The rows of a source as `s`, whose `at` is the order of those by creation. */
export function rowsOf(source: Source, direction: 'ASC' | 'DESC'): string {
  const range = (id: string) => `${id} > $${FROM}::uuid AND ${id} < $${TO}::uuid`;
  const bound = `LIMIT $${ROWS}::int`;
  switch (source) {
    case 'one':
      return `(SELECT g.id AS at, g.* FROM orchestrator.sagas g WHERE g.id = ($26::text)::uuid ${bound}) s`;
    // The bounds keep the planner from reading all sagas in the page's order for the few that have a partial index.
    case 'stuck':
      return `(SELECT g.id AS at, g.* FROM orchestrator.sagas g WHERE g.stuck IS NOT NULL ${bound}) s`;
    case 'active':
      return `(SELECT g.id AS at, g.* FROM orchestrator.sagas g WHERE g.due_at IS NOT NULL ${bound}) s`;
    case 'customer':
      return `(SELECT o.id AS at, g.* FROM (SELECT o.id FROM orchestrator.orders o WHERE o.customer_id = $8::text
          AND ${range('o.id')} ORDER BY o.id ${direction} ${bound}) o JOIN orchestrator.sagas g ON ${probe('g.id', 'o.id')}) s`;
    case 'all':
      return `(SELECT g.id AS at, g.* FROM orchestrator.sagas g WHERE ${range('g.id')} ORDER BY g.id ${direction} ${bound}) s`;
  }
}

/** The last id that the source has read when it has read all it may; null: it has read all there are. */
export function lastReadOf(source: Source, direction: 'ASC' | 'DESC'): string {
  if (!isByCreation(source)) return 'NULL::text';
  const [table, of] =
    source === 'all' ? ['orchestrator.sagas', ''] : ['orchestrator.orders', 'b.customer_id = $8::text AND '];
  return `(SELECT b.id::text FROM ${table} b WHERE ${of}b.id > $${FROM}::uuid AND b.id < $${TO}::uuid
      ORDER BY b.id ${direction} OFFSET $${ROWS}::int - 1 LIMIT 1)`;
}
