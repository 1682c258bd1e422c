/**
 * Counts the sagas of a filter, by state and age, and by group of failures. Of sagas that are done it reads a bounded number of rows; the
 * active ones it reads slice by slice, in the order of their next checks.
 */
import type { Status } from '#engine/saga.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { readSlices, SLICE_ROWS } from '../slices.ts';
import { CONDITION, FAILURE_GROUP, idRangeOf, type SagaSearch, STALLED, valuesOf } from './conditions.ts';
import {
  FROM,
  lastReadOf,
  NEXT,
  ROWS,
  rowsMax,
  rowsOf,
  SCAN_MAX,
  type Source,
  sourcesOf,
  TO,
} from './sources.ts';

/** Where one class of age ends and the next begins, seconds. */
export const AGE_BOUNDS_S = [60, 300, 900, 3_600, 21_600, 86_400] as const;
/** The most groups of failures: the largest. */
export const GROUPS_MAX = 50;

export interface StateCount {
  readonly state: string;
  readonly status: Status;
  readonly sagas: number;
  readonly stuck: number;
  readonly stalled: number;
  readonly paused: number;
  readonly oldestAt: Date;
  readonly longestSince: Date;
  /** One more than there are bounds. */
  readonly ages: readonly number[];
}

export interface GroupCount {
  readonly fingerprint: string;
  /** null: of an earlier build. */
  readonly participant: string | null;
  readonly code: string;
  readonly text: string | null;
  readonly sagas: number;
  readonly stuck: number;
  readonly oldestAt: Date;
  /** The oldest of them. */
  readonly sagaId: string;
}

export interface SagaCounts {
  readonly sagas: number;
  readonly states: readonly StateCount[];
  readonly groups: readonly GroupCount[];
  /** There are smaller groups. */
  readonly hasMoreGroups: boolean;
  /** Not all rows were read: the counts are of those read. */
  readonly isPartial: boolean;
}

/** The instants between classes of age, in ascending order. */
const BOUNDS = `$${NEXT}::timestamptz[]`;
const GROUPS = `$${NEXT + 1}::int`;
/** Of the active ones: where the slice begins. */
const AFTER = `$${NEXT + 2}::text::timestamptz`;
const FIRST_DUE = '-infinity';
/** Groups of one slice: one that is small in each slice may be large in all. */
const SLICE_GROUPS = 500;
const ms = (instant: string) => `round(extract(epoch FROM ${instant}) * 1000)::float8`;
const AGES = Array.from(
  { length: AGE_BOUNDS_S.length + 1 },
  (_, i) => `count(*) FILTER (WHERE m.age = ${i})`,
);

const sliceOf = (columns: string) => `(SELECT ${columns} FROM orchestrator.sagas g WHERE g.due_at > ${AFTER}
   ORDER BY g.due_at FETCH FIRST ($${ROWS}::int) ROWS WITH TIES) s`;

/** One row of JSON: the rows of two groupings over the same rows. */
const textOf = (source: Source) => `
WITH m AS MATERIALIZED (SELECT s.id, s.state, s.status, s.created_at, s.state_since, s.stuck IS NOT NULL AS stuck,
    ${STALLED} AS stalled, s.paused, ${FAILURE_GROUP} AS failure,
    ${AGE_BOUNDS_S.length} - width_bucket(s.created_at, ${BOUNDS}) AS age
  FROM ${source === 'active' ? sliceOf('g.id AS at, g.*') : rowsOf(source, 'DESC')} WHERE ${CONDITION} AND s.at > $${FROM}::uuid AND s.at < $${TO}::uuid),
states AS (SELECT m.state, m.status, count(*)::int AS sagas, count(*) FILTER (WHERE m.stuck)::int AS stuck,
    count(*) FILTER (WHERE m.stalled)::int AS stalled, count(*) FILTER (WHERE m.paused)::int AS paused,
    ${ms('min(m.created_at)')} AS "oldestAt", ${ms('min(m.state_since)')} AS "longestSince", ARRAY[${AGES.join(', ')}] AS ages
  FROM m GROUP BY m.state, m.status ORDER BY m.state LIMIT 200),
largest AS (SELECT m.failure, count(*)::int AS sagas, count(*) FILTER (WHERE m.stuck)::int AS stuck,
    min(m.created_at) AS oldest, (array_agg(m.id ORDER BY m.id))[1] AS first
  FROM m WHERE m.failure IS NOT NULL GROUP BY m.failure ORDER BY sagas DESC, m.failure LIMIT ${GROUPS}),
groups AS (SELECT l.failure AS fingerprint, o.participant, o.code, o.text, l.sagas, l.stuck, ${ms('l.oldest')} AS "oldestAt",
    l.first AS "sagaId"
  FROM largest l JOIN orchestrator.sagas s ON ${probe('s.id', 'l.first')}
  CROSS JOIN LATERAL json_to_record(COALESCE(s.stuck, s.last_failure)) AS o(participant text, code text, text text)
  ORDER BY l.sagas DESC, l.failure)
SELECT (SELECT count(*)::int FROM m) AS sagas, (SELECT json_agg(states) FROM states) AS states,
  (SELECT json_agg(groups) FROM groups) AS groups, ${lastReadOf(source, 'DESC')} IS NOT NULL AS "isPartial",
  ${source === 'active' ? `e.seen, e.last::text FROM (SELECT count(*)::int AS seen, max(s.due_at) AS last FROM ${sliceOf('g.due_at')}) e` : '0 AS seen, NULL AS last'}`;

const TEXTS = new Map<Source, string>();
function statementOf(source: Source): string {
  const text = TEXTS.get(source) ?? textOf(source);
  TEXTS.set(source, text);
  return text;
}

type InMs<Row> = { readonly [Key in keyof Row]: Row[Key] extends Date ? number : Row[Key] };

interface RawCounts {
  readonly sagas: number;
  readonly states: ReadonlyArray<InMs<StateCount>> | null;
  readonly groups: ReadonlyArray<InMs<GroupCount>> | null;
  readonly isPartial: boolean;
  /** Of a slice: the rows it read, and where it ended. */
  readonly seen: number;
  readonly last: string | null;
}

/** Counts. Of sagas that are done it reads the newest only. */
export async function countSagas(
  db: Database,
  search: Omit<SagaSearch, 'sort'>,
  { scanMax = SCAN_MAX, groupsMax = GROUPS_MAX, sliceRows = SLICE_ROWS } = {},
): Promise<SagaCounts> {
  const all: SagaSearch = { ...search, sort: 'newest' };
  const { from, to } = idRangeOf(all);
  const bounds = AGE_BOUNDS_S.map((seconds) => new Date(search.asOfMs - seconds * 1000)).reverse();
  const read = async (sql: Sql, source: Source, rows: number, groups: number, ...after: string[]) => {
    const values = [...valuesOf(all), from, to, rows, bounds, groups, ...after];
    const [raw] = await sql.query<RawCounts>(statementOf(source), ...values);
    if (raw === undefined) throw new Error('a count returned no row');
    return raw;
  };
  for (const source of sourcesOf(all)) {
    if (source === 'active') {
      const { rows, isPartial } = await readSlices(
        db,
        FIRST_DUE,
        async (sql, after: string) => {
          const raw = await read(sql, source, sliceRows, Math.max(SLICE_GROUPS, groupsMax + 1), after);
          return { rows: [raw], seen: raw.seen, last: raw.last ?? after };
        },
        { sliceRows },
      );
      return { ...countsOf(rows, groupsMax), isPartial };
    }
    const raw = await read(db, source, rowsMax(source, scanMax), groupsMax + 1);
    if (source === 'one' && raw.sagas === 0) continue;
    return countsOf([raw], groupsMax);
  }
  return countsOf([], groupsMax);
}

/** Adds up. */
function countsOf(parts: readonly RawCounts[], groupsMax: number): SagaCounts {
  const states = Map.groupBy(
    parts.flatMap(({ states: some }) => some ?? []),
    ({ state, status }) => `${state} ${status}`,
  );
  const groups = Map.groupBy(
    parts.flatMap(({ groups: some }) => some ?? []),
    ({ fingerprint }) => fingerprint,
  );
  const largest = [...groups.values()]
    .map((some) => groupOf(some))
    .sort((a, b) => b.sagas - a.sagas || (a.fingerprint < b.fingerprint ? -1 : 1));
  return {
    sagas: sum(parts, ({ sagas }) => sagas),
    states: [...states.values()].map(stateOf).sort((a, b) => (a.state < b.state ? -1 : 1)),
    groups: largest.slice(0, groupsMax),
    hasMoreGroups: largest.length > groupsMax,
    isPartial: parts.some(({ isPartial }) => isPartial),
  };
}

function stateOf(parts: ReadonlyArray<InMs<StateCount>>): StateCount {
  const [{ state, status }] = parts as [InMs<StateCount>];
  return {
    ...{ state, status },
    sagas: sum(parts, ({ sagas }) => sagas),
    stuck: sum(parts, ({ stuck }) => stuck),
    stalled: sum(parts, ({ stalled }) => stalled),
    paused: sum(parts, ({ paused }) => paused),
    oldestAt: new Date(Math.min(...parts.map(({ oldestAt }) => oldestAt))),
    longestSince: new Date(Math.min(...parts.map(({ longestSince }) => longestSince))),
    ages: Array.from({ length: AGE_BOUNDS_S.length + 1 }, (_, i) => sum(parts, ({ ages }) => ages[i] ?? 0)),
  };
}

/** Its oldest saga says what the group is. */
function groupOf(parts: ReadonlyArray<InMs<GroupCount>>): GroupCount {
  const [first] = parts.toSorted((a, b) => (a.sagaId < b.sagaId ? -1 : 1)) as [InMs<GroupCount>];
  return {
    ...first,
    sagas: sum(parts, ({ sagas }) => sagas),
    stuck: sum(parts, ({ stuck }) => stuck),
    oldestAt: new Date(Math.min(...parts.map(({ oldestAt }) => oldestAt))),
  };
}

function sum<Part>(parts: readonly Part[], of: (part: Part) => number): number {
  return parts.reduce((total, part) => total + of(part), 0);
}
