/** For the ledger's tests: keeps a copy of every table in its database, and puts the rows back after a damage. */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { STORED_COLUMNS } from './stored-columns.ts';

const TABLES = `
  SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public', 'kept') ORDER BY 1`;

/** Copies every table. @returns puts all rows back as they were; constraints that a damage dropped stay away */
export async function keepRows(databaseUrl: string): Promise<() => Promise<void>> {
  const tables = await run(databaseUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(TABLES);
    const names = rows.map(({ name }) => name);
    await client.query('CREATE SCHEMA kept');
    const kept: Array<{ name: string; columns: string; copy: string }> = [];
    for (const name of names) {
      const columns = (await client.query<{ names: string }>(STORED_COLUMNS, [name])).rows[0]?.names ?? '';
      const copy = `kept.${name.replace('.', '_')}`;
      await client.query(`CREATE TABLE ${copy} AS SELECT ${columns} FROM ${name}`);
      kept.push({ name, columns, copy });
    }
    return kept;
  });
  return () =>
    run(databaseUrl, async (client) => {
      // As a replica would: the audit refuses deletions by a trigger.
      const texts = tables.map(
        ({ name, columns, copy }) =>
          `DELETE FROM ${name}; INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE TABLE ${copy};`,
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
