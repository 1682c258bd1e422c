/** Databases on a stack's PostgreSQL: make one, drop one. */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';

/** Makes the database that the URL names where the server has none of that name. */
export async function ensureDatabase(url: string): Promise<void> {
  await onServer(url, async (client, name) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  });
}

/** Drops the database that the URL names and closes its connections. */
export async function dropDatabase(url: string): Promise<void> {
  await onServer(url, async (client, name) => {
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

async function onServer(
  url: string,
  work: (client: pg.Client, name: string) => Promise<void>,
): Promise<void> {
  const address = new URL(url);
  const name = decodeURIComponent(address.pathname.slice(1));
  address.pathname = '/postgres';
  // Written out, or PGSSLMODE and PGOPTIONS, which mean another server, would decide.
  const client = new pg.Client({
    ssl: false,
    ...connectionTo(address.href),
    connectionTimeoutMillis: 10_000,
    options: '-c TimeZone=UTC',
  });
  await client.connect();
  try {
    await work(client, name);
  } finally {
    await client.end();
  }
}
