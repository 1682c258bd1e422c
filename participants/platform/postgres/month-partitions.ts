/** Makes the month partitions of the tables keyed by UUIDv7 ahead of time, and says whether the next one is there. */
import { messageOf } from '#protocol/errors.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import type { Logger } from '../process/log.ts';
import type { Sql } from './database.ts';

/** Partitions made ahead: this month and the two that follow. */
const MONTHS_AHEAD = 2;

const CHECK_EVERY_MS = 6 * 3_600_000;

/**
 * A month's table grows from nothing: by the server's defaults it is analysed and vacuumed again each minute, a fifth of
 * a core at a few hundred orders a second. The workers' plans need no statistics (`postgres.ts`), updates are pruned in
 * their pages, and a month is dropped whole: so it is done once each time the table has doubled.
 */
const UPKEEP = `autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 50000,
            autovacuum_vacuum_scale_factor = 0.5, autovacuum_vacuum_threshold = 50000,
            autovacuum_vacuum_insert_scale_factor = 1, autovacuum_vacuum_insert_threshold = 500000`;

/** A table to keep partitioned: its name with its schema, a constant of the code. */
export interface PartitionedTable {
  readonly name: string;
  /** How full pages are packed, %: less leaves room for updates in place. */
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
 * Creates what is missing of each table's partitions, from last month (ids made just before a month's end arrive just
 * after it) to two months ahead. Safe to run in several processes at once.
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
      // Two processes may try at once: the one that comes second finds it there.
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

/** Makes what is missing now, and checks again four times a day until closed. */
export async function keepPartitions(
  db: Sql,
  tables: readonly PartitionedTable[],
  now: () => number,
  log: Logger,
): Promise<{ close: () => void }> {
  await ensurePartitions(db, tables, now());
  const timer = setInterval(() => {
    ensurePartitions(db, tables, now()).catch((error) =>
      log.error('partitions', { error: messageOf(error) }),
    );
  }, CHECK_EVERY_MS);
  return { close: () => clearInterval(timer) };
}
