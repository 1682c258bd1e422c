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

/** @param tables the tables that need this month's partitions, such as `inventory.inbox` */
export async function openTestDatabase(...tables: string[]): Promise<TestDatabase> {
  const server = process.env.DATABASE_URL ?? (await stackUp({ name: 'test' })).postgres;
  const fresh = await freshDatabase(server);
  const open = (processName: string) => openDatabase(fresh.url, { pool: 4, processName, plans: 'probes' });
  const [db, other] = [open('test'), open('test-other')];
  await ensurePartitions(
    db,
    tables.map((name) => ({ name })),
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
