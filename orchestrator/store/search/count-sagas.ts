/** Counts the sagas of a filter, by state and age, and by group of failures. Reads a bounded number of rows, once. */
import type { Status } from '#engine/saga.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { CONDITION, FAILURE_GROUP, idRangeOf, type SagaSearch, STALLED, valuesOf } from './conditions.ts';
import { FROM, lastReadOf, NEXT, rowsMax, rowsOf, SCAN_MAX, type Source, sourcesOf, TO } from './sources.ts';

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
const ms = (instant: string) => `round(extract(epoch FROM ${instant}) * 1000)::float8`;
const AGES = Array.from(
  { length: AGE_BOUNDS_S.length + 1 },
  (_, i) => `count(*) FILTER (WHERE m.age = ${i})`,
);

/** One row of JSON: the rows of two groupings over the same rows. */
const textOf = (source: Source) => `
WITH m AS MATERIALIZED (SELECT s.id, s.state, s.status, s.created_at, s.state_since, s.stuck IS NOT NULL AS stuck,
    ${STALLED} AS stalled, s.paused, ${FAILURE_GROUP} AS failure,
    ${AGE_BOUNDS_S.length} - width_bucket(s.created_at, ${BOUNDS}) AS age
  FROM ${rowsOf(source, 'DESC')} WHERE ${CONDITION} AND s.at > $${FROM}::uuid AND s.at < $${TO}::uuid),
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
  (SELECT json_agg(groups) FROM groups) AS groups, ${lastReadOf(source, 'DESC')} IS NOT NULL AS "isPartial"`;

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
}

/** Counts. Of sagas that are done it reads the newest only. */
export async function countSagas(
  db: Database,
  search: Omit<SagaSearch, 'sort'>,
  { scanMax = SCAN_MAX, groupsMax = GROUPS_MAX } = {},
): Promise<SagaCounts> {
  const all: SagaSearch = { ...search, sort: 'newest' };
  const { from, to } = idRangeOf(all);
  for (const source of sourcesOf(all)) {
    const [raw] = await db.query<RawCounts>(
      statementOf(source),
      ...valuesOf(all),
      from,
      to,
      rowsMax(source, scanMax),
      AGE_BOUNDS_S.map((seconds) => new Date(search.asOfMs - seconds * 1000)).reverse(),
      groupsMax + 1,
    );
    if (raw === undefined) throw new Error('a count returned no row');
    if (source === 'one' && raw.sagas === 0) continue;
    const groups = (raw.groups ?? []).map(({ oldestAt, ...rest }) => ({
      ...rest,
      oldestAt: new Date(oldestAt),
    }));
    return {
      sagas: raw.sagas,
      states: (raw.states ?? []).map(({ oldestAt, longestSince, ...rest }) => ({
        ...rest,
        oldestAt: new Date(oldestAt),
        longestSince: new Date(longestSince),
      })),
      groups: groups.slice(0, groupsMax),
      hasMoreGroups: groups.length > groupsMax,
      isPartial: raw.isPartial,
    };
  }
  return { sagas: 0, states: [], groups: [], hasMoreGroups: false, isPartial: false };
}
