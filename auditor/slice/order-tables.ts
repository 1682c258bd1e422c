/**
 * The tables of orders, each with the column that holds the order's id. Ids are UUIDv7, so a range of them is a time of
 * creation, and a range of one of these columns is a range of an index.
 */
import { CONTRACTS } from '#participants/registry.ts';

/** Every table that the rules of orders read. */
export const ORDER_TABLES: Readonly<Record<string, string>> = {
  'orchestrator.orders': 'id',
  'orchestrator.sagas': 'id',
  'orchestrator.journal': 'saga_id',
  'orchestrator.dead_letters': 'saga_id',
  'inventory.reservations': 'saga_id',
  'payment.intents': 'saga_id',
  'payment.reversals': 'saga_id',
  'payment.incidents': 'saga_id',
  'shipping.shipments': 'saga_id',
  'coupon.coupons': 'redeemed_by',
  'notification.mails': 'order_id',
  ...Object.fromEntries(CONTRACTS.map(({ name }) => [`${name}.inbox`, 'saga_id'])),
};

/** The restriction to the ids from $1 up to $2, where it is not the column's own. */
const RESTRICTED: Readonly<Record<string, string>> = {
  // The index is on the event's id, which begins with the order's.
  'notification.mails': 'event_id >= ($1::uuid)::text AND event_id < ($2::uuid)::text',
};

const restricted = (table: string, column: string) =>
  `(SELECT * FROM ${table} WHERE ${RESTRICTED[table] ?? `${column} >= $1::uuid AND ${column} < $2::uuid`})`;

/** A table in a statement: all of ours have a schema, and what follows FROM or JOIN is no text in quotes (`IS DISTINCT FROM` compares). */
const TABLE = /(?<!\bDISTINCT )\b(FROM|JOIN)(\s+)([a-z]+\.[a-z_]+)\b/g;

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
