/** Which version of a definition new sagas begin under: rows that are only ever added; the last one holds. */
import type { Sql } from '#platform/postgres/database.ts';

/** An activation as it is written. */
export interface Activating {
  readonly name: string;
  readonly version: number;
  readonly by: string;
  readonly reason: string;
}

/** An activation as it is kept. */
export interface Activation extends Activating {
  readonly at: Date;
}

/** The active version of each definition, by name. */
export async function activeVersions(sql: Sql): Promise<Map<string, number>> {
  const found = await sql.query<{ definition: string; version: number }>(
    'SELECT DISTINCT ON (definition) definition, version FROM orchestrator.activations ORDER BY definition, seq DESC',
  );
  return new Map(found.map(({ definition, version }) => [definition, version]));
}

/** The last activations, newest first. */
export function lastActivations(sql: Sql, limit: number): Promise<Activation[]> {
  return sql.query<Activation>(
    `SELECT definition AS name, version, activated_by AS by, reason, activated_at AS at
       FROM orchestrator.activations ORDER BY seq DESC LIMIT $1::int`,
    limit,
  );
}

/** Adds one. The caller holds the versions' lock, so the numbers have no gaps and no rivals. */
export async function insertActivation(
  sql: Sql,
  { name, version, by, reason }: Activating,
  nowMs: number,
): Promise<void> {
  await sql.execute(
    `INSERT INTO orchestrator.activations (seq, definition, version, activated_at, activated_by, reason)
     SELECT COALESCE((SELECT max(seq) FROM orchestrator.activations), 0) + 1, $1, $2::int, $3::timestamptz, $4, $5`,
    name,
    version,
    new Date(nowMs),
    by,
    reason,
  );
}
