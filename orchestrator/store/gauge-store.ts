/** Counts the sagas somebody may still have to look at: they have an index of their own. */
import type { Database } from '#platform/postgres/database.ts';
import type { Counted, GaugeStore } from '../http/gauges.ts';
import { STALLED } from './list-sagas.ts';

/** Rows counted at the most: beyond that the numbers are "at least". */
const COUNTED_MAX = 200_000;

/** The store of the gauges. */
export function gaugeStore(db: Database): GaugeStore {
  return {
    count: () =>
      db.query<Counted>(
        `SELECT s.state, count(*)::int AS active, count(s.stuck)::int AS stuck,
                count(*) FILTER (WHERE ${STALLED})::int AS stalled, count(*) FILTER (WHERE s.paused)::int AS paused,
                min(s.created_at) FILTER (WHERE s.ended_at IS NULL) AS "oldestAt"
           FROM (SELECT state, stuck, sweep_state, version, paused, created_at, ended_at FROM orchestrator.sagas
                  WHERE due_at IS NOT NULL LIMIT $1::int) s
          GROUP BY s.state`,
        COUNTED_MAX,
      ),
  };
}
