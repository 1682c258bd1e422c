/**
 * The tables of orders, each with the column that holds the order's id. Ids are UUIDv7, so a range of them is a time of
 * creation, and a range of one of these columns is a range of an index.
 */
import { OWNED_TABLES } from '#participants/registry.ts';
import type { Sql } from '#platform/postgres/database.ts';

type Reader = Pick<Sql, 'query'>;

/** Every table that the rules of orders read. */
export const ORDER_TABLES: Readonly<Record<string, string>> = {
  'orchestrator.orders': 'id',
  'orchestrator.sagas': 'id',
  'orchestrator.journal': 'saga_id',
  'orchestrator.dead_letters': 'saga_id',
  ...Object.fromEntries(
    OWNED_TABLES.flatMap(({ name, orderId }) => (orderId === undefined ? [] : [[name, orderId]])),
  ),
};

const restricted = (table: string, column: string) =>
  `(SELECT * FROM ${table} WHERE ${column} >= $1::uuid AND ${column} < $2::uuid)`;

/** A table in a statement: all of ours have a schema, and what follows FROM or JOIN is no text in quotes (`IS DISTINCT FROM` compares). */
const TABLE = /(?<!\bDISTINCT )\b(FROM|JOIN)(\s+)([a-z]+\.[a-z_]+)\b/g;

/** Retention's months of orders, dropped or being dropped: whatever is left of them is judged no more. */
const KEPT_FROM = `(SELECT max(ids_from::text)::uuid FROM orchestrator.retention WHERE kind = 'orders')`;

/** A statement with every table of orders restricted to the months that retention keeps; it must have dropped one. */
export function kept(sql: string): string {
  return sql.replaceAll(TABLE, (whole, word: string, space: string, table: string) => {
    const column = ORDER_TABLES[table];
    return column === undefined
      ? whole
      : `${word}${space}(SELECT * FROM ${table} WHERE ${column} >= ${KEPT_FROM})`;
  });
}

/** The smallest order id that retention keeps; null: it has dropped nothing. */
export async function keptFrom(sql: Reader): Promise<string | null> {
  const [row] = await sql.query<{ id: string | null }>(`SELECT ${KEPT_FROM}::text AS id`);
  return row?.id ?? null;
}

/** The tables of a statement. */
export function tablesOf(sql: string): string[] {
  return [...new Set([...sql.matchAll(TABLE)].map(([, , , table = '']) => table))];
}

/**
 * A statement with every table restricted to the orders from $1 up to $2, which must not be the statement's own parameters.
 * @throws Error when it reads a table that is not one of orders
 */
export function sliced(sql: string): string {
  return sql.replaceAll(TABLE, (_, word: string, space: string, table: string) => {
    const column = ORDER_TABLES[table];
    if (column === undefined) throw new Error(`${table} is no table of orders`);
    return `${word}${space}${restricted(table, column)}`;
  });
}
