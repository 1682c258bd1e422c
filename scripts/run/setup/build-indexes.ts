/**
 * Builds the indexes of a migration before it runs, without holding up who writes: a plain `CREATE INDEX` locks its table for as long
 * as it reads it. The migration then finds each of them there (`IF NOT EXISTS`; on a partitioned table PostgreSQL attaches those of the
 * partitions) and holds its lock for a moment.
 */
import pg from 'pg';

/** An index that a migration adds. */
export interface AddedIndex {
  readonly isUnique: boolean;
  readonly name: string;
  /** With its schema. */
  readonly table: string;
  /** From the columns on. */
  readonly definition: string;
}

const INDEX = /^CREATE (UNIQUE )?INDEX IF NOT EXISTS (\w+) ON (\w+\.\w+) ([^;]+);/gm;

/** The indexes of a migration that may be built before it: those with `IF NOT EXISTS`. */
export function addedIndexes(sql: string): AddedIndex[] {
  return [...sql.matchAll(INDEX)].map(([, unique, name = '', table = '', definition = '']) => ({
    isUnique: unique !== undefined,
    name,
    table,
    definition: definition.replace(/\s+/g, ' '),
  }));
}

/** Builds them on a database that serves. A table that is not there yet has nobody to hold up. */
export async function buildIndexes(client: pg.Client, sql: string): Promise<void> {
  for (const index of addedIndexes(sql)) {
    const { rows } = await client.query<{ kind: string }>(
      'SELECT relkind AS kind FROM pg_class WHERE oid = to_regclass($1)',
      [index.table],
    );
    const kind = rows[0]?.kind;
    if (kind === 'r') await buildOne(client, index, index.table, index.name);
    if (kind === 'p')
      for (const { table, name } of await leavesOf(client, index)) await buildOne(client, index, table, name);
  }
}

/** The partitions without such an index. A new one of the next month gets it from its parent. */
async function leavesOf(client: pg.Client, { table, name }: AddedIndex) {
  const { rows } = await client.query<{ table: string; name: string }>(
    `SELECT t.relid::regclass::text AS table, left(c.relname, 40) || '_' || left(md5($2), 8) || '_idx' AS name
       FROM pg_partition_tree($1::regclass) t JOIN pg_class c ON c.oid = t.relid
      WHERE t.isleaf AND to_regclass($3) IS NULL ORDER BY 1`,
    [table, name, `${table.split('.')[0]}.${name}`],
  );
  return rows;
}

async function buildOne(
  client: pg.Client,
  { isUnique, definition }: AddedIndex,
  table: string,
  name: string,
): Promise<void> {
  const { rows } = await client.query<{ place: string; valid: boolean }>(
    `SELECT i.indexrelid::regclass::text AS place, i.indisvalid AS valid
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE i.indrelid = $1::regclass AND c.relname = $2`,
    [table, name],
  );
  const [there] = rows;
  if (there?.valid) return;
  // What an interrupted attempt left is of no use, and has its name.
  if (there !== undefined) await client.query(`DROP INDEX CONCURRENTLY ${there.place}`);
  const unique = isUnique ? 'UNIQUE ' : '';
  await client.query(
    `CREATE ${unique}INDEX CONCURRENTLY ${pg.escapeIdentifier(name)} ON ${table} ${definition}`,
  );
}
