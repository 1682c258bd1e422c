/** What retention would do now: the months that go, and those that stay with the reason. It changes nothing. */
import type { Database } from '#platform/postgres/database.ts';
import { partitionName } from '#platform/postgres/month-partitions.ts';
import { reasonsToKeep } from './blockers.ts';
import type { RetentionSettings } from './config.ts';
import { type Month, monthFrom, oldMonths } from './months.ts';
import { partitionsOf, sizeOf } from './partitions.ts';
import { monthTables, schemaOf } from './tables.ts';

/** The kinds whose months are dropped whole. */
export const MONTH_KINDS = ['orders', 'movements'] as const;
export type MonthKind = (typeof MONTH_KINDS)[number];

/** The database of a schema. */
export type DatabaseOf = (schema: string) => Database;

/** A month that is old enough to go. */
export interface PlannedMonth {
  readonly kind: MonthKind;
  readonly month: Month;
  /** An earlier run has begun it, so it is ended without another question. */
  readonly isBegun: boolean;
  /** Why it stays; none: it goes. */
  readonly reasons: readonly string[];
  readonly bytes: number;
  /** By the server's statistics. */
  readonly rows: number;
}

/** The months of all kinds that are old enough, the oldest of each kind first. */
export async function planMonths(
  of: DatabaseOf,
  { months }: RetentionSettings,
  nowMs: number,
): Promise<PlannedMonth[]> {
  const planned: PlannedMonth[] = [];
  for (const kind of MONTH_KINDS) {
    const kept = months[kind];
    const begun = await begunMonths(of, kind);
    const old = kept === undefined ? [] : oldMonths(await partitionNames(of, kind), kept, nowMs);
    let waitsFor: string | null = null;
    for (const month of byTime([...begun, ...old])) {
      const isBegun = begun.some(({ name }) => name === month.name);
      let reasons: string[] = [];
      if (!isBegun && waitsFor !== null) reasons = [`${waitsFor} stays, and an older month goes first`];
      else if (!isBegun && kind === 'orders') reasons = await reasonsToKeep(of, month);
      if (reasons.length > 0) waitsFor ??= month.name;
      planned.push({ kind, month, isBegun, reasons, ...(await sizeOfMonth(of, kind, month)) });
    }
  }
  return planned;
}

/** Months whose dropping began and did not end. */
async function begunMonths(of: DatabaseOf, kind: MonthKind): Promise<Month[]> {
  const found = await of('orchestrator').query<{ month: string }>(
    'SELECT month::text FROM orchestrator.retention WHERE kind = $1 AND ended_at IS NULL',
    kind,
  );
  return found.map(({ month }) => monthFrom(new Date(`${month}T00:00:00Z`)));
}

async function partitionNames(of: DatabaseOf, kind: MonthKind): Promise<string[]> {
  const tables = monthTables(kind);
  return (await Promise.all(tables.map(({ name }) => partitionsOf(of(schemaOf(name)), name)))).flat();
}

function byTime(months: readonly Month[]): Month[] {
  const unique = new Map(months.map((month) => [month.name, month]));
  return [...unique.values()].sort((a, b) => a.from.getTime() - b.from.getTime());
}

async function sizeOfMonth(
  of: DatabaseOf,
  kind: MonthKind,
  month: Month,
): Promise<{ bytes: number; rows: number }> {
  let [bytes, rows] = [0, 0];
  for (const table of monthTables(kind)) {
    const size = await sizeOf(of(schemaOf(table.name)), partitionName(table, month.from));
    bytes += size.bytes;
    rows += size.rows;
  }
  return { bytes, rows };
}
