/** Watches how long statements wait for locks of tables while a database migrates. */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';

const EVERY_MS = 10;

/** The longest wait that was seen. */
export interface LockWait {
  readonly ms: number;
  /** Who waited, with the statement's beginning, and for which table; null: nobody waited. */
  readonly who: string | null;
}

/** A wait for a table's lock; waits of rows for each other belong to ordinary work. */
const LONGEST = `
SELECT extract(epoch FROM clock_timestamp() - l.waitstart) * 1000 AS ms,
       a.application_name || ' on ' || l.relation::regclass::text || ' (' || l.mode || '): ' || left(a.query, 80) AS who
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE NOT l.granted AND l.locktype = 'relation' AND a.datname = current_database()
 ORDER BY l.waitstart LIMIT 1`;

/** Begins to watch; `close` ends it, and returns the longest wait. */
export async function watchLocks(databaseUrl: string): Promise<{ close(): Promise<LockWait> }> {
  const client = new pg.Client({ ...connectionTo(databaseUrl), application_name: 'lock-watch' });
  await client.connect();
  let longest: LockWait = { ms: 0, who: null };
  let closing = false;
  const watching = (async () => {
    while (!closing) {
      const { rows } = await client.query<{ ms: string; who: string }>(LONGEST);
      const [first] = rows;
      if (first !== undefined && Number(first.ms) > longest.ms)
        longest = { ms: Math.round(Number(first.ms)), who: first.who };
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    async close() {
      closing = true;
      await watching.finally(() => client.end());
      return longest;
    },
  };
}
