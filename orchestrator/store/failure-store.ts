/** Counts the failures of active sagas by participant and code: one pass over the active sagas, by their partial index. */
import type { Database } from '#platform/postgres/database.ts';
import { FAILURE } from './search/conditions.ts';

/** The most active sagas that it reads; beyond that its numbers are lower bounds. */
const COUNTED_MAX = 200_000;
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

export interface FailureStore {
  /** The largest groups first. A failure of an earlier build, which names no participant, is in none. */
  count(): Promise<{ failures: FailureCount[]; hasMore: boolean }>;
}

/** The store. It only reads. */
export function failureStore(db: Database): FailureStore {
  return {
    async count() {
      const found = await db.query<FailureCount>(
        `SELECT f.failure->>'participant' AS participant, f.failure->>'code' AS code, count(*)::int AS sagas,
                count(*) FILTER (WHERE f.stuck)::int AS stuck,
                max(COALESCE(f.failure->>'since', f.failure->>'at')::timestamptz) AS "newestAt"
           FROM (SELECT ${FAILURE} AS failure, s.stuck IS NOT NULL AS stuck
                   FROM (SELECT g.due_at, g.stuck, g.last_failure, g.pending FROM orchestrator.sagas g
                          WHERE g.due_at IS NOT NULL LIMIT $1::int) s) f
          WHERE f.failure->>'participant' IS NOT NULL
          GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT $2::int`,
        COUNTED_MAX,
        FAILURES_MAX + 1,
      );
      return { failures: found.slice(0, FAILURES_MAX), hasMore: found.length > FAILURES_MAX };
    },
  };
}
