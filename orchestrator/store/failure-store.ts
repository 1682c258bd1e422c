/** Counts the failures of active sagas by participant and code, slice by slice by the index of the active ones. */
import type { Database } from '#platform/postgres/database.ts';
import { FAILURE } from './search/conditions.ts';
import { readSlices, SLICE_ROWS } from './slices.ts';
import { type Spared, spare } from './spare.ts';

/** The most groups: the largest. */
export const FAILURES_MAX = 200;

/** Active sagas whose failure is of one participant and has one code. */
export interface FailureCount {
  readonly participant: string;
  readonly code: string;
  readonly sagas: number;
  /** Those with an incident; the others are delayed. */
  readonly stuck: number;
  /** When the newest of the failures was. */
  readonly newestAt: Date;
}

interface Failures {
  readonly failures: readonly FailureCount[];
  readonly hasMore: boolean;
  /** Not all active sagas were read. */
  readonly isPartial: boolean;
}

export interface FailureStore {
  /** The largest groups first. A failure of an earlier build, which names no participant, is in none. */
  count(): Promise<Spared<Failures>>;
}

/** The store. It only reads. @param now the clock by which a count that takes long rests */
export function failureStore(db: Pick<Database, 'transaction'>, now: () => number = Date.now): FailureStore {
  const count = spare(
    () => countFailures(db),
    () => '',
    now,
  );
  return { count: () => count(undefined) };
}

/** Each row has how many the slice read, and where it ended. */
type Part = { readonly seen: number; readonly last: string | null } & (
  | FailureCount
  | { readonly code: null }
);

const COUNT = `
WITH s AS MATERIALIZED (SELECT g.due_at, g.stuck, g.last_failure, g.pending FROM orchestrator.sagas g
   WHERE g.due_at > $1::text::timestamptz ORDER BY g.due_at FETCH FIRST ($2::int) ROWS WITH TIES),
c AS (SELECT f.failure->>'participant' AS participant, f.failure->>'code' AS code, count(*)::int AS sagas,
             count(*) FILTER (WHERE f.stuck)::int AS stuck,
             max(COALESCE(f.failure->>'since', f.failure->>'at')::timestamptz) AS "newestAt"
        FROM (SELECT ${FAILURE} AS failure, s.stuck IS NOT NULL AS stuck FROM s) f
       WHERE f.failure->>'participant' IS NOT NULL GROUP BY 1, 2)
SELECT e.seen, e.last, c.* FROM (SELECT count(*)::int AS seen, max(s.due_at)::text AS last FROM s) e LEFT JOIN c ON true`;

async function countFailures(db: Pick<Database, 'transaction'>): Promise<Failures> {
  const { rows, isPartial } = await readSlices(db, '-infinity', async (sql, after: string) => {
    const parts = await sql.query<Part>(COUNT, after, SLICE_ROWS);
    return { rows: parts, seen: parts[0]?.seen ?? 0, last: parts[0]?.last ?? after };
  });
  const counted = rows.flatMap((row) => {
    if (row.code === null) return [];
    const { seen: _, last: __, ...failure } = row;
    return [failure];
  });
  const key = ({ participant, code }: FailureCount) => `${participant} ${code}`;
  const found = [...Map.groupBy(counted, key).values()]
    .map(added)
    .sort((a, b) => b.sagas - a.sagas || (key(a) < key(b) ? -1 : 1));
  return { failures: found.slice(0, FAILURES_MAX), hasMore: found.length > FAILURES_MAX, isPartial };
}

function added(parts: readonly FailureCount[]): FailureCount {
  const [{ participant, code }] = parts as [FailureCount];
  return {
    ...{ participant, code },
    sagas: parts.reduce((sum, { sagas }) => sum + sagas, 0),
    stuck: parts.reduce((sum, { stuck }) => sum + stuck, 0),
    newestAt: new Date(Math.max(...parts.map(({ newestAt }) => newestAt.getTime()))),
  };
}
