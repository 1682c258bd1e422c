/**
 * One statement that judges every rule of orders on a range of ids. It reads each order's wide row once, and sees one moment.
 * On a standby it runs as well: it needs no temporary table.
 */
import type { Limits, OrderInvariant, OrderRule, Reader, Shown } from '../invariant.ts';
import { ORDERS_COLUMNS, ORDERS_QUERY, ORDERS_VIEW } from '../orders-view.ts';
import { ORDER_TABLES, sliced, tablesOf } from './order-tables.ts';

/** The violations of one rule that a slice reports; more are found once these are mended. */
const MOST_OF_A_RULE = 200;

/** A violation found in a slice. */
export interface Found {
  readonly invariant: string;
  readonly id: string;
  readonly what: string;
  readonly orderId: string;
}

/** The result of a slice. */
export interface SliceFinding {
  readonly orders: number;
  readonly found: readonly Found[];
}

/** Judges the orders with ids from `low` up to `high`. */
export type JudgeSlice = (sql: Reader, low: string, high: string) => Promise<SliceFinding>;

const VIEW = 'ledger_sagas';

/** Where a person finds the rows of a rule's violation, by the order's id. */
export function shownBy({ broken }: OrderRule): Shown[] {
  const tables = tablesOf(broken.replaceAll(ORDERS_VIEW, VIEW));
  return [...new Set(['orchestrator.sagas', ...tables])].map((table) => ({
    table,
    key: ORDER_TABLES[table] ?? '',
  }));
}

/** Builds the statement of some invariants; it is prepared once a connection. */
export function sliceJudge(invariants: readonly OrderInvariant[], limits: Limits): JudgeSlice {
  const values: unknown[] = [];
  const parts = invariants.map(({ name, sliced: { broken, order = 'id', values: own } }) => {
    const shift = 2 + values.length;
    // The rules of orders read the limits and nothing else of a snapshot.
    values.push(...(own?.({ sql: { query: () => Promise.resolve([]) }, limits }) ?? []));
    const shifted = broken.replaceAll(/\$(\d+)/g, (_, number: string) => `$${Number(number) + shift}`);
    return `(SELECT '${name}' AS invariant, id::text AS id, what, (${order})::text AS "orderId"
               FROM (${sliced(shifted.replaceAll(ORDERS_VIEW, VIEW))}) broken LIMIT ${MOST_OF_A_RULE})`;
  });
  const text = `
    WITH ${VIEW} (${ORDERS_COLUMNS}) AS MATERIALIZED (${sliced(ORDERS_QUERY)})
    SELECT (SELECT count(*) FROM ${VIEW})::float8 AS orders,
           (SELECT json_agg(f) FROM (${parts.join(' UNION ALL ')}) f) AS found`;
  return async (sql, low, high) => {
    const [row] = await sql.query<{ orders: number; found: Found[] | null }>(text, low, high, ...values);
    if (row === undefined) throw new Error('no answer');
    return { orders: row.orders, found: row.found ?? [] };
  };
}

/** The lower end of a slice of so many orders below an id: the id of its oldest; null when fewer are left. */
export async function lowerEnd(sql: Reader, high: string, orders: number): Promise<string | null> {
  const rows = await sql.query<{ id: string }>(
    'SELECT s.id::text FROM orchestrator.sagas s WHERE s.id < $1::uuid ORDER BY s.id DESC OFFSET $2::int LIMIT 1',
    high,
    orders - 1,
  );
  return rows[0]?.id ?? null;
}
