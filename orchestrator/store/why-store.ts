/** Reads what surrounds a saga, for the cause of its wait: a few statements, each of which reads a bounded number of rows. */
import type { Reported, StateLoad, UsualDuration } from '#engine/why/observations.ts';
import type { Database } from '#platform/postgres/database.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import { HELD_BY } from './brake-release.ts';
import { isKnown, liveEngines } from './engines.ts';

/** The most active sagas that a count reads; beyond that it is a lower bound. */
const COUNTED_MAX = 200_000;
/** The most notices of one saga that are read: the newest. */
const NOTICES_MAX = 200;
/** Usual durations are taken from the newest ended sagas of so many sagas, of a day at the most. */
const SAMPLED_OF = 2_000;
const SAMPLES = 300;
const SAMPLED_MS = 86_400_000;

export interface ActiveLoads {
  readonly loads: readonly StateLoad[];
  /** Sagas that came to a state before an instant. */
  readonly inState: number;
}

export interface WhyStore {
  /** Live engines, and those of them that run a version of a definition. */
  engines(definition: string, version: number, nowMs: number): Promise<{ alive: number; knowing: number }>;
  /**
   * The active sagas by state, without paused and stuck ones, and those that came to `state` before `since`.
   * @param paced codes of failures under which a participant goes on at a pace: they are no failure of the state
   */
  active(state: string, since: Date, paced: readonly string[]): Promise<ActiveLoads>;
  /** The sagas that a brake holds and that began before one. */
  heldBefore(brakeId: string, sagaId: string): Promise<number>;
  /** What participants reported about a saga's commands, by command id. @param types of their notices */
  reported(sagaId: string, types: readonly string[]): Promise<Record<string, Reported>>;
  /** How long sagas stay in each state, of those that ended lately. */
  usual(nowMs: number): Promise<Record<string, UsualDuration>>;
}

/** The store. It only reads. */
export function whyStore(db: Database): WhyStore {
  return {
    async engines(definition, version, nowMs) {
      const live = await liveEngines(db, nowMs);
      const knowing = live.filter(({ definitions }) => isKnown(definitions, definition, version));
      return { alive: live.length, knowing: knowing.length };
    },

    async active(state, since, paced) {
      const rows = await db.query<StateLoad & { before: number }>(
        `SELECT s.state, count(*)::int AS sagas,
                count(*) FILTER (WHERE s.state = $1 AND s.state_since < $2::timestamptz)::int AS before,
                max(s.failed_at) FILTER (WHERE s.failed_at >= s.state_since AND s.code <> ALL ($4::text[])) AS "failedAt"
           FROM (SELECT state, state_since, (last_failure ->> 'at')::timestamptz AS failed_at, last_failure ->> 'code' AS code
                   FROM orchestrator.sagas
                  WHERE due_at IS NOT NULL AND NOT paused AND (stuck IS NULL) LIMIT $3::int) s
          GROUP BY s.state`,
        state,
        since,
        COUNTED_MAX,
        [...paced],
      );
      return {
        loads: rows.map(({ before, ...load }) => load),
        inState: rows.reduce((sum, { before }) => sum + before, 0),
      };
    },

    async heldBefore(brakeId, sagaId) {
      const [found] = await db.query<{ sagas: number }>(
        `SELECT count(*)::int AS sagas FROM (SELECT s.id FROM orchestrator.sagas s
           WHERE s.due_at IS NOT NULL AND ${HELD_BY} AND s.id < $2::uuid LIMIT $3::int) s`,
        brakeId,
        sagaId,
        COUNTED_MAX,
      );
      return found?.sagas ?? 0;
    },

    async reported(sagaId, types) {
      const rows = await db.query<{ commandId: string; count: number; nextTryAt: string | null }>(
        `SELECT n.id AS "commandId", count(*)::int AS count, (array_agg(n.next ORDER BY n.version DESC))[1] AS "nextTryAt"
           FROM (SELECT j.version, j.message->>'commandid' AS id, j.message->'data'->>'nextTryAt' AS next
                   FROM orchestrator.journal j WHERE j.saga_id = $1::uuid AND array_position($2::text[], j.type) IS NOT NULL
                  ORDER BY j.version DESC LIMIT $3::int) n
          WHERE n.id IS NOT NULL GROUP BY n.id`,
        sagaId,
        [...types],
        NOTICES_MAX,
      );
      return Object.fromEntries(
        rows.map(({ commandId, count, nextTryAt }) => [
          commandId,
          { count, nextTryAt: nextTryAt === null ? null : new Date(nextTryAt) },
        ]),
      );
    },

    async usual(nowMs) {
      const rows = await db.query<UsualDuration & { state: string }>(
        `SELECT d.state, count(*)::int AS samples,
                percentile_disc(0.5) WITHIN GROUP (ORDER BY d.ms) AS "p50Ms",
                percentile_disc(0.95) WITHIN GROUP (ORDER BY d.ms) AS "p95Ms"
           FROM (SELECT j.from_state AS state,
                        (extract(epoch FROM j.at - COALESCE(lag(j.at) OVER (PARTITION BY j.saga_id ORDER BY j.version),
                          uuid_extract_timestamp(j.saga_id))) * 1000)::float8 AS ms
                   FROM orchestrator.journal j
                  WHERE j.saga_id = ANY (ARRAY(SELECT n.id FROM (SELECT id, ended_at FROM orchestrator.sagas
                          WHERE id > $1::uuid ORDER BY id DESC LIMIT $2::int) n WHERE n.ended_at IS NOT NULL LIMIT $3::int))
                    AND j.from_state <> j.to_state) d
          WHERE d.ms >= 0 GROUP BY d.state`,
        uuidv7Floor(Math.max(0, nowMs - SAMPLED_MS)),
        SAMPLED_OF,
        SAMPLES,
      );
      return Object.fromEntries(rows.map(({ state, ...duration }) => [state, duration]));
    },
  };
}
