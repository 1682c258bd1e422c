/**
 * Migrations: brings a database to the state that prisma/migrations describes, with Prisma's own engine. On a database that serves
 * nobody who writes waits for long: indexes are built before, and a migration gives up a lock that it does not get at once.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import {
  connectionTo,
  type DatabaseSecurity,
  databaseSecurity,
} from '#platform/connections/database-security.ts';
import { root } from '../stack/places.ts';
import { StackProblem } from '../stack/problem.ts';
import { buildIndexes } from './build-indexes.ts';
import { withEngine } from './schema-engine.ts';

type Migration = { name: string; sql: string };

const folder = join(root, 'prisma/migrations');
// Any number, the same for all processes: one of them holds it while it migrates a database, and the others wait.
const advisoryLock = 7_310_401;
const connectWithinMs = 10_000;
/** PostgreSQL's `lock_not_available`, and its text. */
const NO_LOCK = /55P03|lock timeout/;
/** Between two attempts at a lock, and how long they go on. */
const LOCK_AGAIN_MS = 1_000;
const LOCKS_WITHIN_MS = 10 * 60_000;

/**
 * Applies the missing migrations in the order of their folders' names. One query suffices when none is missing.
 * @param security TLS and the password; this process's own without it
 * @returns the names of the migrations applied now
 * @throws StackProblem when one fails, or when an applied one has been edited since
 */
export async function migrate(
  databaseUrl: string,
  security: DatabaseSecurity = databaseSecurity(),
): Promise<string[]> {
  const wanted = readMigrations();
  const client = new pg.Client({
    ...connectionTo(databaseUrl, security),
    connectionTimeoutMillis: connectWithinMs,
  });
  await client.connect();
  try {
    if ((await missing(client, wanted)).length === 0) return [];
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    const lacking = await missing(client, wanted);
    // A database without any of them has nobody to hold up.
    const serves = lacking.length < wanted.length;
    for (const piece of serves ? lacking.map((one) => [one]) : [lacking]) {
      if (serves) for (const { sql } of piece) await buildIndexes(client, sql);
      const upTo = wanted.slice(0, wanted.indexOf(piece.at(-1) as Migration) + 1);
      await applyPatiently(databaseUrl, security, upTo);
    }
    return lacking.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Changes with every change of the migrations. */
export function migrationsHash(): string {
  return checksum(JSON.stringify(readMigrations()));
}

function readMigrations(): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }));
}

async function missing(client: pg.Client, wanted: Migration[]): Promise<Migration[]> {
  const catalog = await client.query(`SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there`);
  if (!catalog.rows[0].there) return wanted;
  const { rows } = await client.query(
    'SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM public._prisma_migrations WHERE rolled_back_at IS NULL',
  );
  for (const row of rows) {
    const migration = wanted.find((one) => one.name === row.name);
    if (row.finished && migration && row.checksum !== checksum(migration.sql)) {
      throw new StackProblem(
        `The migration ${row.name} has been edited since it was applied: put the change into a new migration, or begin afresh (\`npm run stack -- down --wipe\`, then \`up\`).`,
      );
    }
  }
  const finished = new Set(rows.filter((row) => row.finished).map((row) => row.name));
  return wanted.filter((migration) => !finished.has(migration.name));
}

const checksum = (sql: string): string => createHash('sha256').update(sql).digest('hex');

/**
 * Applies migrations, again where one did not get its lock within a second: a long reader (a backup, a check of the ledger) has the
 * table then, and waiting for it would hold up whoever wants to write.
 */
async function applyPatiently(
  databaseUrl: string,
  security: DatabaseSecurity,
  migrations: Migration[],
): Promise<void> {
  const until = performance.now() + LOCKS_WITHIN_MS;
  for (;;) {
    try {
      return await apply(databaseUrl, security, migrations);
    } catch (error) {
      if (!NO_LOCK.test((error as Error).message) || performance.now() > until) throw error;
      // PostgreSQL has undone it as a whole; Prisma applies nothing more before it is recorded so.
      const name = migrations.at(-1)?.name ?? '';
      await withEngine(
        databaseUrl,
        (engine) => engine.markMigrationRolledBack({ migrationName: name }),
        security,
      );
      await pause(LOCK_AGAIN_MS);
    }
  }
}

async function apply(
  databaseUrl: string,
  security: DatabaseSecurity,
  migrations: Migration[],
): Promise<void> {
  const lockfile = readFileSync(join(folder, 'migration_lock.toml'), 'utf8');
  const migrationsList = {
    baseDir: folder,
    lockfile: { path: './migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
  try {
    const filters = { externalTables: [], externalEnums: [] };
    await withEngine(databaseUrl, (engine) => engine.applyMigrations({ migrationsList, filters }), security);
  } catch (error) {
    throw new StackProblem(`A migration failed: ${(error as Error).message}`, { cause: error });
  }
}
