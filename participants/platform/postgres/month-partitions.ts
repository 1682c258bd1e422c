/**
 * Creates the month partitions of tables keyed by UUIDv7, or by a time, ahead of time, and checks for the next one.
 *
 * A partition is created as a table of its own and then attached, which locks nothing that readers or writers of the parent
 * hold. `CREATE TABLE … PARTITION OF` would wait for every open reader, a dump or a report, and all statements behind it.
 * None of the tables has a DEFAULT partition: attaching would lock it, and search it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '#protocol/errors.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import { type Backoff, backoffMs } from '../batching/retry.ts';
import type { Logger } from '../process/log.ts';
import { Gauge, registry } from '../process/metrics.ts';
import type { Sql } from './database.ts';
import type { RecentMonth } from './recent-months.ts';

const partitionsEnd = new Gauge({
  name: 'table_partition_end_timestamp_seconds',
  help: 'Until when a table has partitions, s since 1970; rows beyond it cannot be written',
  labelNames: ['table'] as const,
  registers: [registry],
});

/** Partitions created ahead, beside this month's. */
const MONTHS_AHEAD = 2;

const CHECK_EVERY_MS = 6 * 3_600_000;
/** The retries of what could not be created: a DDL of somebody else holds the parent, or the database is away. */
const RETRY: Backoff = { firstMs: 1_000, maxMs: 300_000, jitter: 0.2 };
/** The longest wait for a lock; only DDL, VACUUM and the other processes here hold a conflicting one. */
const LOCK_MS = 1_000;

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
  /** The type of its partition key: a UUIDv7 by default, else a `timestamptz`. */
  readonly by?: 'time';
}

/** The first instant of the month `offset` months after that of `nowMs`, UTC. */
export function monthStart(nowMs: number, offset: number): Date {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1));
}

/** The name of a table's partition for the month that begins at `month`. */
export function partitionName({ name }: Pick<PartitionedTable, 'name'>, month: Date): string {
  return `${name}_${month.getUTCFullYear()}_${String(month.getUTCMonth() + 1).padStart(2, '0')}`;
}

/** The bound of a partition that begins, or ends, with a month. */
function boundOf({ by }: PartitionedTable, month: Date): string {
  return by === 'time' ? month.toISOString() : uuidv7Floor(month.getTime());
}

/** A partition to have. */
interface Month {
  readonly table: PartitionedTable;
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
}

function monthsOf(tables: readonly PartitionedTable[], nowMs: number, offsets: readonly number[]): Month[] {
  return tables.flatMap((table) =>
    offsets.map((offset) => {
      const from = monthStart(nowMs, offset);
      return { table, name: partitionName(table, from), from, to: monthStart(nowMs, offset + 1) };
    }),
  );
}

/** The months that have no partition yet. */
async function missing(sql: Sql, months: readonly Month[]): Promise<Month[]> {
  const found = await sql.query<{ name: string }>(
    `SELECT n.name FROM unnest($1::text[], $2::text[]) AS n(name, parent)
      JOIN pg_inherits i ON i.inhrelid = to_regclass(n.name) AND i.inhparent = to_regclass(n.parent)`,
    months.map(({ name }) => name),
    months.map(({ table }) => table.name),
  );
  const names = new Set(found.map(({ name }) => name));
  return months.filter(({ name }) => !names.has(name));
}

/** All months to have: from last month's, for an id made just before a month's end may arrive just after it. */
const ALL = Array.from({ length: MONTHS_AHEAD + 2 }, (_, i) => i - 1);

/**
 * Creates the missing partitions of each table. Several processes may run it at once. Indexes, constraints and defaults
 * are copied from the parent; attaching adopts them, and copies its row triggers.
 * @throws when a lock is not to be had within a second; what was created stays
 */
export async function ensurePartitions(
  sql: Sql,
  tables: readonly PartitionedTable[],
  nowMs: number,
  offsets: readonly number[] = ALL,
): Promise<void> {
  for (const { table, name, from, to } of await missing(sql, monthsOf(tables, nowMs, offsets))) {
    const [low, high] = [boundOf(table, from), boundOf(table, to)];
    // One statement, so one transaction. Two processes may try at once: the second finds the table.
    await sql.execute(`DO $$ BEGIN
        PERFORM set_config('lock_timeout', '${LOCK_MS}', true);
        PERFORM pg_advisory_xact_lock(hashtext('${name}'));
        IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('${name}')) THEN
          CREATE TABLE ${name} (LIKE ${table.name} INCLUDING ALL EXCLUDING IDENTITY)
            WITH (fillfactor = ${table.fillfactor ?? 100}, ${UPKEEP});
          ALTER TABLE ${table.name} ATTACH PARTITION ${name} FOR VALUES FROM ('${low}') TO ('${high}');
        END IF;
      END $$`);
  }
}

/** Whether each table has its partition for the coming month. */
export async function hasNextPartition(
  sql: Sql,
  tables: readonly PartitionedTable[],
  nowMs: number,
): Promise<boolean> {
  return (await missing(sql, monthsOf(tables, nowMs, [1]))).length === 0;
}

/** Lets statements name the partitions of these months, which are there. */
function knowMonths(
  { recent }: Sql,
  tables: readonly PartitionedTable[],
  nowMs: number,
  offsets: readonly number[],
): void {
  if (recent === undefined) return;
  recent.tables = tables.filter(({ by }) => by !== 'time').map(({ name }) => name);
  recent.statements = new Map();
  recent.months = offsets.map((offset): RecentMonth => {
    const from = monthStart(nowMs, offset);
    return {
      suffix: partitionName({ name: '' }, from),
      low: uuidv7Floor(from.getTime()),
      high: uuidv7Floor(monthStart(nowMs, offset + 1).getTime()),
    };
  });
}

/**
 * Creates the missing partitions in the background, and checks four times a day until closed. Waits only for this month's,
 * without which no row can be written. From then on the pool's statements may name the months' partitions (`inMonth`).
 */
export async function keepPartitions(
  db: Sql,
  tables: readonly PartitionedTable[],
  now: () => number,
  log: Logger,
): Promise<{ close: () => void }> {
  let failures = 0;
  /** Tries once. @returns the delay until the next try */
  const create = async (offsets: readonly number[]): Promise<number> => {
    try {
      await ensurePartitions(db, tables, now(), offsets);
      failures = 0;
      knowMonths(db, tables, now(), offsets);
      const end = monthStart(now(), Math.max(...offsets) + 1).getTime() / 1000;
      for (const { name } of tables) partitionsEnd.set({ table: name }, end);
      return CHECK_EVERY_MS;
    } catch (error) {
      log.error('partitions-not-created', { error: messageOf(error) });
      return backoffMs(failures++, RETRY, Math.random);
    }
  };
  for (;;) {
    const delayMs = await create([0]);
    if (failures === 0) break;
    await sleep(delayMs);
  }
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  const keep = async () => {
    const delayMs = await create(ALL);
    if (!closed) timer = setTimeout(keep, delayMs);
  };
  void keep();
  return {
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
