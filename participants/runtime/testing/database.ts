/** For tests on real PostgreSQL: opens a migrated database, and drops it at the end. */
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';

export interface TestDatabase {
  readonly url: string;
  readonly db: Database;
  /** A second pool, as of another process. */
  readonly other: Database;
  readonly close: () => Promise<void>;
}

/** The tables that have partitions, with the type of the key. */
const PARENTS = `
  SELECT p.partrelid::regclass::text AS name, format_type(a.atttypid, NULL) AS key
    FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]`;

/** Opens a database in which every table has this month's partition. @param tables those that need the months around it too */
export async function openTestDatabase(...tables: string[]): Promise<TestDatabase> {
  const server = process.env.DATABASE_URL ?? (await stackUp({ name: 'test' })).postgres;
  const fresh = await freshDatabase(server);
  const open = (processName: string) => openDatabase(fresh.url, { pool: 4, processName, plans: 'probes' });
  const [db, other] = [open('test'), open('test-other')];
  const parents = await db.query<{ name: string; key: string }>(PARENTS);
  const partitioned = parents.map(({ name, key }) => ({
    name,
    ...(key !== 'uuid' && { by: 'time' as const }),
  }));
  await ensurePartitions(db, partitioned, Date.now(), [0]);
  await ensurePartitions(
    db,
    partitioned.filter(({ name }) => tables.includes(name)),
    Date.now(),
  );
  return {
    url: fresh.url,
    db,
    other,
    async close() {
      await Promise.all([db.close(), other.close()]);
      await fresh[Symbol.asyncDispose]();
    },
  };
}
