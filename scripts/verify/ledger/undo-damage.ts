/** For the ledger's tests: keeps a copy of every table in its database, and puts the rows back after a damage. */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';

const TABLES = `
  SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND n.nspname IN ('orchestrator', 'inventory', 'payment', 'shipping', 'notification', 'coupon') ORDER BY 1`;

/** Copies every table. @returns puts all rows back as they were; constraints that a damage dropped stay away */
export async function keepRows(databaseUrl: string): Promise<() => Promise<void>> {
  const tables = await run(databaseUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(TABLES);
    const names = rows.map(({ name }) => name);
    await client.query('CREATE SCHEMA kept');
    for (const name of names)
      await client.query(`CREATE TABLE kept.${name.replace('.', '_')} AS TABLE ${name}`);
    return names;
  });
  return () =>
    run(databaseUrl, async (client) => {
      // As a replica would: the audit refuses deletions by a trigger.
      const texts = tables.map(
        (name) =>
          `DELETE FROM ${name}; INSERT INTO ${name} OVERRIDING SYSTEM VALUE TABLE kept.${name.replace('.', '_')};`,
      );
      await client.query(`BEGIN; SET LOCAL session_replication_role = replica; ${texts.join(' ')} COMMIT`);
    });
}

async function run<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionTo(url));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
