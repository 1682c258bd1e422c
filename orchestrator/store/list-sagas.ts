/** Lists sagas, newest first, page by page: each kind of filter has a plan with an index of its own. */

import type { Failure, Incident, Status } from '#engine/saga.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';

/** The most rows read for one page. A page of a rare status may be short and still have a cursor. */
export const SCAN_MAX = 20_000;
const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Selects sagas; null: any. */
export interface SagaQuery {
  readonly status: Status | null;
  /** A state; `compensating` matches its child states too. */
  readonly state: string | null;
  readonly stuck: boolean | null;
  /** Whether it stays in its state longer than normal while no failure explains it. */
  readonly stalled: boolean | null;
  readonly customerId: string | null;
  /** Only active sagas, which have a partial index. */
  readonly liveOnly: boolean;
  /** Sagas with smaller ids only. */
  readonly before: string | null;
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
  /** The cursor of the next page; null when there is none. */
  readonly next: string | null;
}

/** The candidates, `SCAN_MAX` at most, newest first. */
const SOURCES = {
  // OFFSET 0 keeps the planner from reading all sagas backwards for the few active ones.
  live: `SELECT l.id FROM (SELECT id FROM orchestrator.sagas WHERE due_at IS NOT NULL OFFSET 0) l
          WHERE l.id < $1::uuid AND $6::text IS NULL ORDER BY l.id DESC LIMIT $7::int`,
  customer: `SELECT o.id FROM orchestrator.orders o WHERE o.customer_id = $6::text AND o.id < $1::uuid
              ORDER BY o.id DESC LIMIT $7::int`,
  all: `SELECT a.id FROM orchestrator.sagas a WHERE a.id < $1::uuid AND $6::text IS NULL
         ORDER BY a.id DESC LIMIT $7::int`,
} as const;

/** The sweeper's finding holds until the saga's next transition; see `stalledNow`. */
export const STALLED = `((s.sweep_state->'stalled'->>'version')::int IS NOT DISTINCT FROM s.version)`;

const listFrom = (source: keyof typeof SOURCES) => `
WITH c AS MATERIALIZED (${SOURCES[source]}),
f AS (SELECT s.id::text, s.definition, s.definition_version AS "definitionVersion", s.customer_id AS "customerId",
    s.input, s.status, s.state, s.stuck, s.last_failure AS "lastFailure", s.paused,
    CASE WHEN ${STALLED} THEN (s.sweep_state->'stalled'->>'since')::float8 END AS "stalledSince",
    s.revision, s.created_at AS "createdAt", s.state_since AS "stateSince", s.ended_at AS "endedAt"
  FROM c JOIN orchestrator.sagas s ON ${probe('s.id', 'c.id')}
  WHERE ($2::text IS NULL OR s.status = $2) AND ($3::text IS NULL OR s.state = $3 OR starts_with(s.state, $3 || '.'))
    AND ($4::boolean IS NULL OR (s.stuck IS NOT NULL) = $4) AND ($8::boolean IS NULL OR ${STALLED} = $8)
  ORDER BY c.id DESC LIMIT $5::int)
SELECT f.*, c.seen, c.last FROM (SELECT count(*)::int AS seen, min(id::text) AS last FROM c) c LEFT JOIN f ON true
 ORDER BY f.id DESC`;

const TEXTS = { live: listFrom('live'), customer: listFrom('customer'), all: listFrom('all') } as const;

type RawListed = (ListedSaga | { readonly id: null }) & {
  readonly seen: number;
  readonly last: string | null;
};

/** One page. */
export async function listSagas(db: Database, query: SagaQuery, scanMax = SCAN_MAX): Promise<SagaPage> {
  const source = query.customerId !== null ? 'customer' : query.liveOnly ? 'live' : 'all';
  const found = await db.query<RawListed>(
    TEXTS[source],
    query.before ?? AFTER_ALL,
    query.status,
    query.state,
    query.stuck,
    // One row more than the page shows whether there is another page.
    query.limit + 1,
    query.customerId,
    scanMax,
    query.stalled,
  );
  const [first] = found;
  const items = found.flatMap(({ seen: _seen, last: _last, ...saga }) =>
    saga.id === null ? [] : [saga as ListedSaga],
  );
  const page = items.slice(0, query.limit);
  if (items.length > query.limit) return { items: page, next: page.at(-1)?.id ?? null };
  const scannedAll = first === undefined || first.seen < scanMax;
  return { items: page, next: scannedAll ? null : first.last };
}
