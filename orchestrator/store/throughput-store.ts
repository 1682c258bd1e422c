/** Reads what the engines have counted in each minute of the last hour. */
import type { Counts } from '#engine/throughput.ts';
import type { Database } from '#platform/postgres/database.ts';
import { LIVE_MS } from './engines.ts';
import { type Spared, spare } from './spare.ts';

/** The most reports of engines that are read: the newest. */
const REPORTS_MAX = 200;
const HOUR_MS = 3_600_000;

/** What all engines have counted. */
export interface Counted {
  readonly counts: readonly Counts[];
  /** Live engines of a build that does not count. */
  readonly uncounted: number;
  /** More engines than are read have run within the hour. */
  readonly isPartial: boolean;
}

export interface ThroughputStore {
  read(): Promise<Spared<Counted>>;
}

interface Row {
  readonly counted: Counts | null;
  readonly isLive: boolean;
}

/** The store. It only reads. */
export function throughputStore(db: Pick<Database, 'query'>, now: () => number): ThroughputStore {
  const read = spare(
    async () => {
      const rows = await db.query<Row>(
        `SELECT e.counted, e.ended_at IS NULL AND e.seen_at > $1::timestamptz AS "isLive" FROM orchestrator.engines e
          WHERE e.seen_at > $2::timestamptz ORDER BY e.seen_at DESC LIMIT $3::int`,
        new Date(now() - LIVE_MS),
        new Date(now() - HOUR_MS),
        REPORTS_MAX + 1,
      );
      const found = rows.slice(0, REPORTS_MAX);
      return {
        counts: found.flatMap(({ counted }) => counted ?? []),
        uncounted: found.filter(({ counted, isLive }) => isLive && counted === null).length,
        isPartial: rows.length > REPORTS_MAX,
      };
    },
    () => '',
    now,
  );
  return { read: () => read(undefined) };
}
