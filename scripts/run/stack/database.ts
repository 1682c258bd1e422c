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

/** Whoever copies a database holds it, while it may still have to be made. Any number will do. */
const COPY_LOCK = 7_310_403;

/**
 * Makes a database as a copy of another one on its server, which is made first where it is missing or was left unfinished.
 * @param from the URL of the one that is copied; nobody can connect to it from then on, for PostgreSQL copies none that is in use
 * @param prepare fills it
 */
export async function copyDatabase(
  from: string,
  to: string,
  prepare: (from: string) => Promise<unknown>,
): Promise<void> {
  const source = decodeURIComponent(new URL(from).pathname.slice(1));
  await onServer(to, async (client, name) => {
    const copy = `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(source)}`;
    const isReady = async () =>
      (await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND NOT datallowconn', [source]))
        .rowCount === 1;
    if (!(await isReady())) {
      await client.query('SELECT pg_advisory_lock($1)', [COPY_LOCK]);
      if (!(await isReady())) {
        await dropDatabase(from);
        await ensureDatabase(from);
        await prepare(from);
        await client.query(`ALTER DATABASE ${pg.escapeIdentifier(source)} ALLOW_CONNECTIONS false`);
      }
      await client.query('SELECT pg_advisory_unlock($1)', [COPY_LOCK]);
    }
    await client.query(copy);
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
