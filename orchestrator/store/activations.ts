/** Activations: the last one of a definition decides under which version new sagas begin. Rows are only ever added. */
import type { Sql } from '#platform/postgres/database.ts';
import type { Prisma } from '#platform/postgres/prisma.ts';

/** An activation to insert. */
export interface NewActivation {
  readonly name: string;
  readonly version: number;
  readonly by: string;
  readonly reason: string;
}

/** A stored activation. */
export interface Activation extends NewActivation {
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
export async function lastActivations(prisma: Prisma, limit: number): Promise<Activation[]> {
  const found = await prisma.activation.findMany({ orderBy: { seq: 'desc' }, take: limit });
  return found.map(({ definition, version, activatedBy, reason, activatedAt }) => ({
    name: definition,
    version,
    by: activatedBy,
    reason,
    at: activatedAt,
  }));
}

/** Adds an activation. The caller holds `lockVersions`, so the numbers have no gaps and no duplicates. */
export async function insertActivation(
  sql: Sql,
  { name, version, by, reason }: NewActivation,
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
