/** Counts the active sagas, by their partial index. */
import type { Database } from '#platform/postgres/database.ts';
import { COMPENSATION_FAILED, STALLED } from './search/conditions.ts';

/** Counts this many rows at the most; beyond that the gauges show lower bounds. */
const COUNTED_MAX = 200_000;

/** The active sagas of one state. */
export interface Counted {
  readonly state: string;
  readonly active: number;
  readonly stuck: number;
  readonly stalled: number;
  readonly paused: number;
  /** Sagas whose compensation failed. */
  readonly uncompensated: number;
  /** When the oldest of them was created; null: none of them still runs. */
  readonly oldestAt: Date | null;
}

export interface GaugeStore {
  count(): Promise<Counted[]>;
}

/** The store of the gauges. */
export function gaugeStore(db: Database): GaugeStore {
  return {
    count: () =>
      db.query<Counted>(
        `SELECT s.state, count(*)::int AS active, count(s.stuck)::int AS stuck,
                count(*) FILTER (WHERE ${STALLED})::int AS stalled, count(*) FILTER (WHERE s.paused)::int AS paused,
                count(*) FILTER (WHERE ${COMPENSATION_FAILED})::int AS uncompensated,
                min(s.created_at) FILTER (WHERE s.ended_at IS NULL) AS "oldestAt"
           FROM (SELECT state, status, stuck, pending, sweep_state, version, paused, created_at, ended_at
                   FROM orchestrator.sagas WHERE due_at IS NOT NULL LIMIT $1::int) s
          GROUP BY s.state`,
        COUNTED_MAX,
      ),
  };
}
