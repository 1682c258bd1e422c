/** Reads which engines live and which versions they support, and locks both while one of them changes. */
import type { SagaDefinition } from '#engine/definition/definition.ts';
import type { Sql } from '#platform/postgres/database.ts';

/** An engine without a report for this long no longer counts: it has ended, or another has its partitions. */
export const LIVE_MS = 30_000;
/** The key of the lock under which starting engines and activations take turns, so that neither misses the other. */
const VERSIONS_LOCK = 7_310_403;

/** A name and a version. */
export type Version = Pick<SagaDefinition, 'name' | 'version'>;

/** An engine's last report. */
export interface EngineReport {
  readonly id: string;
  readonly definitions: readonly Version[];
  readonly seenAt: Date;
}

/** Locks: until the transaction ends no engine starts and no version is activated. */
export async function lockVersions(sql: Sql): Promise<void> {
  await sql.query('SELECT pg_advisory_xact_lock($1::bigint)::text', VERSIONS_LOCK);
}

/** The engines that reported lately, and have not ended. */
export function liveEngines(sql: Sql, nowMs: number): Promise<EngineReport[]> {
  return sql.query<EngineReport>(
    `SELECT id, definitions, seen_at AS "seenAt" FROM orchestrator.engines WHERE seen_at > $1::timestamptz AND ended_at IS NULL ORDER BY id`,
    new Date(nowMs - LIVE_MS),
  );
}

/** Counts the active sagas of each version, by the index of active sagas. */
export function liveSagas(sql: Sql): Promise<Array<Version & { sagas: number }>> {
  return sql.query(
    `SELECT s.definition AS name, s.definition_version AS version, count(*)::int AS sagas
       FROM orchestrator.sagas s WHERE s.due_at IS NOT NULL
      GROUP BY s.definition, s.definition_version ORDER BY s.definition, s.definition_version`,
  );
}

/** Whether one of several versions is this one. */
export function isKnown(known: readonly Version[], name: string, version: number): boolean {
  return known.some((one) => one.name === name && one.version === version);
}
