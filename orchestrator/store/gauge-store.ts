/** Counts the active sagas, by their partial index, slice by slice. */
import type { Database } from '#platform/postgres/database.ts';
import { COMPENSATION_FAILED, STALLED } from './search/conditions.ts';
import { readSlices, SLICE_ROWS } from './slices.ts';
import { spare } from './spare.ts';

const COUNT = `
SELECT s.state, count(*)::int AS active, count(s.stuck)::int AS stuck,
       count(*) FILTER (WHERE ${STALLED})::int AS stalled, count(*) FILTER (WHERE s.paused)::int AS paused,
       count(*) FILTER (WHERE ${COMPENSATION_FAILED})::int AS uncompensated,
       min(s.created_at) FILTER (WHERE s.ended_at IS NULL) AS "oldestAt", max(s.due_at) AS last
  FROM (SELECT state, status, stuck, pending, sweep_state, version, paused, created_at, ended_at, due_at
          FROM orchestrator.sagas WHERE due_at > $1::timestamptz ORDER BY due_at FETCH FIRST ($2::int) ROWS WITH TIES) s
 GROUP BY s.state`;
const FIRST_DUE = '-infinity';

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

/** The store of the gauges. @param now by which a count that takes long rests */
export function gaugeStore(db: Pick<Database, 'transaction'>, now: () => number = Date.now): GaugeStore {
  const count = spare(
    () => countActive(db),
    () => '',
    now,
  );
  return { count: async () => (await count(undefined)).value };
}

type Part = Counted & { readonly last: Date };

async function countActive(db: Pick<Database, 'transaction'>): Promise<Counted[]> {
  const { rows } = await readSlices(db, FIRST_DUE, async (sql, after: Date | string) => {
    const parts = await sql.query<Part>(COUNT, after, SLICE_ROWS);
    return { rows: parts, seen: sum(parts, 'active'), last: latest(parts) };
  });
  return [...Map.groupBy(rows, ({ state }) => state)].map(([state, parts]) => ({
    state,
    active: sum(parts, 'active'),
    stuck: sum(parts, 'stuck'),
    stalled: sum(parts, 'stalled'),
    paused: sum(parts, 'paused'),
    uncompensated: sum(parts, 'uncompensated'),
    oldestAt: oldest(parts),
  }));
}

type Count = 'active' | 'stuck' | 'stalled' | 'paused' | 'uncompensated';

function sum(parts: readonly Part[], name: Count): number {
  return parts.reduce((total, part) => total + part[name], 0);
}

function latest(parts: readonly Part[]): Date {
  return new Date(Math.max(0, ...parts.map(({ last }) => last.getTime())));
}

function oldest(parts: readonly Part[]): Date | null {
  const instants = parts.flatMap(({ oldestAt }) => oldestAt?.getTime() ?? []);
  return instants.length === 0 ? null : new Date(Math.min(...instants));
}
