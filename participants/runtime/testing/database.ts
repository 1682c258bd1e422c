/**
 * For tests on real PostgreSQL: opens a migrated database, and drops it at the end. Whatever statement a test runs must have a
 * plan that holds for a full table too: `close` fails otherwise.
 */
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { explainOnOneRow, watchPlans } from './watched-plans.ts';

export interface TestDatabase {
  readonly url: string;
  readonly db: Database;
  /** A second pool, as of another process. */
  readonly other: Database;
  /** Watches the plans of one more pool, as of a process under test. */
  readonly watch: (pool: Database) => void;
  readonly close: () => Promise<void>;
}

/** The tables that have partitions, with the type of the key. */
const PARENTS = `
  SELECT p.partrelid::regclass::text AS name, format_type(a.atttypid, NULL) AS key
    FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]`;

/** Opens a database in which every table has the partitions of this month and the next. @param tables those that need the months around it too */
export async function openTestDatabase(...tables: string[]): Promise<TestDatabase> {
  const server = process.env.DATABASE_URL ?? (await stackUp({ name: 'test' })).postgres;
  const fresh = await freshDatabase(server);
  const open = (processName: string) => openDatabase(fresh.url, { pool: 4, processName, plans: 'probes' });
  const setUp = open('test-set-up');
  try {
    await makePartitions(setUp, tables);
  } finally {
    await setUp.close();
  }
  await explainOnOneRow(fresh.url);
  const scans = new Set<string>();
  const [db, other] = [open('test'), open('test-other')];
  const watch = (pool: Database) => watchPlans(pool, scans);
  for (const pool of [db, other]) watch(pool);
  return {
    url: fresh.url,
    db,
    other,
    watch,
    async close() {
      await Promise.all([db.close(), other.close()]);
      await fresh[Symbol.asyncDispose]();
      if (scans.size > 0)
        throw new Error(
          `joins that read a table from end to end for each row of a batch:\n${[...scans].join('\n\n')}`,
        );
    },
  };
}

async function makePartitions(db: Database, tables: readonly string[]): Promise<void> {
  const parents = await db.query<{ name: string; key: string }>(PARENTS);
  const partitioned = parents.map(({ name, key }) => ({
    name,
    ...(key !== 'uuid' && { by: 'time' as const }),
  }));
  // Two, for of a table's only partition PostgreSQL 18 forgets that it is not to be read from end to end.
  await ensurePartitions(db, partitioned, Date.now(), [0, 1]);
  await ensurePartitions(
    db,
    partitioned.filter(({ name }) => tables.includes(name)),
    Date.now(),
  );
}
