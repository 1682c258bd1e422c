/** A table's month partitions: which there are, and how one is taken off and dropped without holding up anybody. */
import type { Database, Sql } from '#platform/postgres/database.ts';
import { type PartitionedTable, partitionName } from '#platform/postgres/month-partitions.ts';
import type { Month } from './months.ts';

/** The names of a table's partitions, those that are half taken off included. */
export async function partitionsOf(sql: Sql, table: string): Promise<string[]> {
  const found = await sql.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = to_regclass($1) ORDER BY 1`,
    table,
  );
  return found.map(({ name }) => name);
}

/** How far a partition has been taken off. `apart`: it is a table of its own. */
export type PartitionState = 'attached' | 'pending' | 'apart' | 'gone';

export async function stateOf(sql: Sql, name: string): Promise<PartitionState> {
  const [found] = await sql.query<{ there: boolean; pending: boolean | null }>(
    `SELECT to_regclass($1) IS NOT NULL AS there,
            (SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = to_regclass($1)) AS pending`,
    name,
  );
  if (found?.there !== true) return 'gone';
  if (found.pending === null) return 'apart';
  return found.pending ? 'pending' : 'attached';
}

/** What is left of a month's partition, in bytes and rows. */
export async function sizeOf(sql: Sql, name: string): Promise<{ bytes: number; rows: number }> {
  const [found] = await sql.query<{ bytes: number; rows: number }>(
    `SELECT pg_total_relation_size(to_regclass($1))::float8 AS bytes,
            (SELECT GREATEST(reltuples, 0) FROM pg_class WHERE oid = to_regclass($1))::float8 AS rows`,
    name,
  );
  return { bytes: found?.bytes ?? 0, rows: found?.rows ?? 0 };
}

/**
 * Takes a month off its table, so that nobody writes to it any more. Readers and writers of the table go on: the statement
 * waits for those who might still see the month, and holds up none. Takes up what an earlier attempt has begun.
 * @returns the name of the table it is now; null when there is none
 */
export async function detachMonth(
  db: Database,
  table: PartitionedTable,
  month: Month,
): Promise<string | null> {
  const name = partitionName(table, month.from);
  const state = await stateOf(db, name);
  // Outside a transaction, for PostgreSQL wants it so. Names are constants of the code.
  if (state === 'attached')
    await db.execute(`ALTER TABLE ${table.name} DETACH PARTITION ${name} CONCURRENTLY`);
  if (state === 'pending') await db.execute(`ALTER TABLE ${table.name} DETACH PARTITION ${name} FINALIZE`);
  return state === 'gone' ? null : name;
}
