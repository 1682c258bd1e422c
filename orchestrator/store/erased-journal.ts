/**
 * The journal's hash chain through an erasure. An erased entry keeps its hash, and the digest of what its documents held, which the
 * hash covers; the audit's entry of the erasure vouches for what is left of it (`#engine/verify-journal.ts`).
 */
import type { Sql } from '#platform/postgres/database.ts';

/** Sagas of one statement. */
const AT_ONCE = 100;

/** As `contentDigest` makes it. @param salt an expression */
const content = (salt: string) =>
  `sha256(convert_to(concat_ws(E'\\n', ${salt}, t.message::text, t.change::text, t."out"::text), 'UTF8'))`;
const SALT = '(SELECT s.journal_salt::text FROM orchestrator.sagas s WHERE s.id = t.saga_id)';

/** The assignments by which a row keeps its digest; one that was erased before keeps the first. @param erasureId a parameter */
export const keepDigestSql = (erasureId: string): string => `
  erased_by = CASE WHEN t.hash IS NULL THEN NULL ELSE ${erasureId} END,
  erased_content = CASE WHEN t.hash IS NULL THEN NULL ELSE COALESCE(t.erased_content, ${content(SALT)}) END`;

/** What an erasure left of sagas' journals: a digest of each, by saga, as `erasedDigest` makes it. */
export async function journalsLeft(
  sql: Sql,
  sagaIds: readonly string[],
  erasureId: string,
): Promise<Record<string, string>> {
  const left: Record<string, string> = {};
  for (let from = 0; from < sagaIds.length; from += AT_ONCE) {
    const found = await sql.query<{ sagaId: string; digest: string }>(
      `SELECT e.saga_id::text AS "sagaId",
              encode(sha256(convert_to(string_agg(e.line, E'\\n' ORDER BY e.version), 'UTF8')), 'hex') AS digest
         FROM (SELECT t.saga_id, t.version, t.version || ' ' || encode(${content("''")}, 'hex') AS line
                 FROM orchestrator.journal t WHERE t.saga_id = ANY ($1::uuid[]) AND t.erased_by = $2::uuid) e
        GROUP BY e.saga_id ORDER BY e.saga_id`,
      sagaIds.slice(from, from + AT_ONCE),
      erasureId,
    );
    for (const { sagaId, digest } of found) left[sagaId] = digest;
  }
  return left;
}
