/**
 * Drops a month of a kind: takes each table's partition off, exports it, drops it, and enters it into the audit. Each step
 * can be repeated, so that a run which was killed is taken up where it stood.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { appendApplied, wasAppended } from '../store/append-audit.ts';
import { carryStock } from './carry-stock.ts';
import { deleteOrders } from './delete-rows.ts';
import { type Exported, exportRows } from './export-rows.ts';
import type { Month } from './months.ts';
import { detachMonth } from './partitions.ts';
import type { DatabaseOf, MonthKind } from './plan.ts';
import { monthTables, schemaOf } from './tables.ts';

/** Who did it, in the audit. */
const ACTOR = 'retention';

/** What went of a table. */
export interface Dropped {
  readonly rows: number;
  readonly exported?: Exported;
}

export interface DropOptions {
  /** Null: nothing is exported. */
  readonly exportFolder: string | null;
  readonly now: () => number;
}

/**
 * @returns what went, by table, in this run and in those that it takes up
 * @throws when an export does not hold its rows, or the database is away: the next run takes it up
 */
export async function dropMonth(
  of: DatabaseOf,
  kind: MonthKind,
  month: Month,
  { exportFolder, now }: DropOptions,
): Promise<Record<string, Dropped>> {
  const orchestrator = of('orchestrator');
  const actionId = await begin(orchestrator, kind, month, now);
  const carried = kind === 'orders' ? 'reservations' : 'movements';
  await carryStock(of('inventory'), carried, month);
  const note = (table: string, rows: number, exported: Exported | undefined) =>
    noteDropped(orchestrator, kind, month, { [table]: { rows, ...(exported && { exported }) } });
  const exported = (db: Database, table: string, from: string, values: readonly unknown[] = []) =>
    exportFolder === null
      ? undefined
      : exportRows(db, { from, values }, join(exportFolder, `${table}_${month.name}.jsonl.gz`));
  for (const table of monthTables(kind)) {
    const db = of(schemaOf(table.name));
    const name = await detachMonth(db, table, month);
    if (name === null) continue;
    const file = await exported(db, table.name, `${name} t`);
    const [count] = await db.query<{ rows: number }>(`SELECT count(*)::float8 AS rows FROM ${name}`);
    await note(table.name, count?.rows ?? 0, file);
    await db.execute(`DROP TABLE ${name}`);
  }
  if (kind === 'orders') {
    const range = 'orchestrator.orders t WHERE t.id >= $1::uuid AND t.id < $2::uuid';
    const ids = [month.idsFrom, month.idsUntil];
    const [count] = await orchestrator.query<{ rows: number }>(
      `SELECT count(*)::float8 AS rows FROM ${range}`,
      ...ids,
    );
    // A run that was killed may have deleted some: the first one counted and exported them all.
    if (!(await isNoted(orchestrator, kind, month, ORDERS)))
      await note(ORDERS, count?.rows ?? 0, await exported(orchestrator, ORDERS, range, ids));
    await deleteOrders(orchestrator, month);
  }
  return end(orchestrator, kind, month, actionId, now);
}

const ORDERS = 'orchestrator.orders';

/** Notes that a month goes, before anything does. @returns the id of its entry in the audit */
async function begin(db: Database, kind: MonthKind, month: Month, now: () => number): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `INSERT INTO orchestrator.retention AS r (kind, month, until, ids_from, action_id, begun_at)
     VALUES ($1, $2::date, $3::timestamptz, $4::uuid, $5::uuid, $6::timestamptz)
     ON CONFLICT (kind, month) DO UPDATE SET kind = r.kind RETURNING r.action_id::text AS id`,
    kind,
    `${month.name}-01`,
    month.until,
    month.idsUntil,
    randomUUID(),
    new Date(now()),
  );
  if (row === undefined) throw new Error('no row of a month came back');
  return row.id;
}

/** Notes what goes of a table, before it does. */
async function noteDropped(
  db: Database,
  kind: MonthKind,
  month: Month,
  dropped: Readonly<Record<string, Dropped>>,
): Promise<void> {
  await db.execute(
    'UPDATE orchestrator.retention SET dropped = dropped || $3::jsonb WHERE kind = $1 AND month = $2::date',
    kind,
    `${month.name}-01`,
    JSON.stringify(dropped),
  );
}

async function readDropped(sql: Sql, kind: MonthKind, month: Month): Promise<Record<string, Dropped>> {
  const [row] = await sql.query<{ dropped: Record<string, Dropped> }>(
    'SELECT dropped FROM orchestrator.retention WHERE kind = $1 AND month = $2::date',
    kind,
    `${month.name}-01`,
  );
  return row?.dropped ?? {};
}

async function isNoted(sql: Sql, kind: MonthKind, month: Month, table: string): Promise<boolean> {
  return table in (await readDropped(sql, kind, month));
}

/** Enters the month into the audit, once, and notes that it is gone. */
function end(
  db: Database,
  kind: MonthKind,
  month: Month,
  actionId: string,
  now: () => number,
): Promise<Record<string, Dropped>> {
  return db.transaction(async (sql) => {
    const dropped = await readDropped(sql, kind, month);
    if (!(await wasAppended(sql, actionId))) {
      const rows = Object.values(dropped).reduce((sum, one) => sum + one.rows, 0);
      const detail = `${kind} of ${month.name}: ${rows} rows of ${Object.keys(dropped).length} tables`;
      await appendApplied(sql, entryOf(actionId, kind, month, dropped), detail, now);
    }
    await sql.execute(
      'UPDATE orchestrator.retention SET ended_at = $3::timestamptz WHERE kind = $1 AND month = $2::date',
      kind,
      `${month.name}-01`,
      new Date(now()),
    );
    return dropped;
  });
}

function entryOf(id: string, kind: MonthKind, month: Month, dropped: Readonly<Record<string, Dropped>>) {
  return {
    id,
    sagaId: null,
    batchId: null,
    action: 'drop-month',
    revision: null,
    actor: ACTOR,
    role: 'system',
    reason: 'older than the months that are kept',
    params: { kind, month: month.name, tables: dropped },
    idempotencyKey: null,
  };
}
