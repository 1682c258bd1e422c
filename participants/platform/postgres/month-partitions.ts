/** Creates the month partitions of tables keyed by UUIDv7 ahead of time, and checks for the next one. */
import { messageOf } from '#protocol/errors.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import type { Logger } from '../process/log.ts';
import type { Sql } from './database.ts';

/** Partitions created ahead, beside this month's. */
const MONTHS_AHEAD = 2;

const CHECK_EVERY_MS = 6 * 3_600_000;

/**
 * A month's table grows from nothing. By the server's defaults autovacuum analyses and vacuums it each minute, at a fifth
 * of a core with a few hundred orders/s. The workers' plans need no statistics (`database.ts`), pages prune their own
 * updates, and a month is dropped whole: so autovacuum runs once each time the table has doubled.
 */
const UPKEEP = `autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 50000,
            autovacuum_vacuum_scale_factor = 0.5, autovacuum_vacuum_threshold = 50000,
            autovacuum_vacuum_insert_scale_factor = 1, autovacuum_vacuum_insert_threshold = 500000`;

/** A table to keep partitioned: its name with its schema, a constant of the code. */
export interface PartitionedTable {
  readonly name: string;
  /** The fill of pages, %: below 100 leaves room for updates in place. */
  readonly fillfactor?: number;
}

/** The first instant of the month `offset` months after that of `nowMs`, UTC. */
function monthStart(nowMs: number, offset: number): Date {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1));
}

function suffix(month: Date): string {
  return `${month.getUTCFullYear()}_${String(month.getUTCMonth() + 1).padStart(2, '0')}`;
}

/**
 * Creates the missing partitions of each table, from last month (an id made just before a month's end may arrive just
 * after it) to two months ahead. Several processes may run it at once.
 */
export async function ensurePartitions(
  sql: Sql,
  tables: readonly PartitionedTable[],
  nowMs: number,
): Promise<void> {
  for (const { name: table, fillfactor = 100 } of tables) {
    for (let offset = -1; offset <= MONTHS_AHEAD; offset++) {
      const from = monthStart(nowMs, offset);
      const name = `${table}_${suffix(from)}`;
      const [found] = await sql.query<{ found: boolean }>(
        'SELECT to_regclass($1) IS NOT NULL AS found',
        name,
      );
      if (found?.found) continue;
      const [low, high] = [uuidv7Floor(from.getTime()), uuidv7Floor(monthStart(nowMs, offset + 1).getTime())];
      // Two processes may try at once: the second finds the table.
      await sql.execute(`DO $$ BEGIN
          PERFORM pg_advisory_xact_lock(hashtext('${name}'));
          CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${table} FOR VALUES FROM ('${low}') TO ('${high}')
            WITH (fillfactor = ${fillfactor}, ${UPKEEP});
        END $$`);
    }
  }
}

/** Whether each table has its partition for the coming month. */
export async function hasNextPartition(
  sql: Sql,
  tables: readonly PartitionedTable[],
  nowMs: number,
): Promise<boolean> {
  const names = tables.map(({ name }) => `${name}_${suffix(monthStart(nowMs, 1))}`);
  const found = await sql.query<{ ok: boolean }>(
    'SELECT to_regclass(n) IS NOT NULL AS ok FROM unnest($1::text[]) n',
    names,
  );
  return found.every((row) => row.ok);
}

/** Creates the missing partitions now, and checks four times a day until closed. */
export async function keepPartitions(
  db: Sql,
  tables: readonly PartitionedTable[],
  now: () => number,
  log: Logger,
): Promise<{ close: () => void }> {
  await ensurePartitions(db, tables, now());
  const timer = setInterval(() => {
    ensurePartitions(db, tables, now()).catch((error) =>
      log.error('creating partitions failed', { error: messageOf(error) }),
    );
  }, CHECK_EVERY_MS);
  return { close: () => clearInterval(timer) };
}
