/** Reads whole histories for replays, page by page, by id. */

import type { History } from '#engine/replay.ts';
import type { JournalEntry } from '#engine/saga.ts';
import type { Sql } from '#platform/postgres/database.ts';

/** Selects histories. */
export interface HistoryFilter {
  /** Only ids after this one: the cursor, or the smallest id of an instant. */
  readonly after: string;
  readonly definition: string | null;
  readonly limit: number;
}

interface RawEntry extends Omit<JournalEntry, 'origin'> {
  readonly originTopic: string;
  readonly originPartition: number;
  readonly originOffset: bigint;
}

/** Reads the next started sagas, each with its whole journal. Fewer than `limit`: these are the last. */
export async function readHistories(
  sql: Sql,
  { after, definition, limit }: HistoryFilter,
): Promise<History[]> {
  const births = await sql.query<History['birth']>(
    `SELECT s.id::text, s.definition, s.definition_version AS "definitionVersion", s.partition,
            s.customer_id AS "customerId", s.input, s.created_at AS "createdAt"
       FROM orchestrator.sagas s
      WHERE s.id > $1::uuid AND s.version > 0 AND ($2::text IS NULL OR s.definition = $2)
      ORDER BY s.id LIMIT $3::int`,
    after,
    definition,
    limit,
  );
  const entries = await sql.query<RawEntry>(
    `SELECT j.saga_id::text AS "sagaId", j.message_id AS "messageId", j.version, j.at, j.type, j.from_state AS "fromState",
            j.to_state AS "toState", j.message, j.change, j.out, j.origin_topic AS "originTopic",
            j.origin_partition AS "originPartition", j.origin_offset AS "originOffset"
       FROM orchestrator.journal j WHERE j.saga_id = ANY($1::uuid[])`,
    births.map(({ id }) => id),
  );
  const bySaga = Map.groupBy(entries, ({ sagaId }) => sagaId);
  return births.map((birth) => ({
    birth,
    entries: (bySaga.get(birth.id) ?? []).sort((a, b) => a.version - b.version).map(toEntry),
  }));
}

function toEntry({ originTopic, originPartition, originOffset, ...entry }: RawEntry): JournalEntry {
  const origin = { topic: originTopic, partition: originPartition, offset: Number(originOffset) };
  return { ...entry, origin };
}
