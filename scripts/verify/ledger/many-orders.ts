/** For tests and measurements: many orders on a database, as copies of one order with all its rows. */
import pg from 'pg';
import { ORDER_TABLES } from '#auditor/slice/order-tables.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { STORED_COLUMNS } from './stored-columns.ts';

/** So many copies of an order, a second apart and before an instant, each under an id of its time. */
const IDS = `
  CREATE TEMP TABLE copies AS
  SELECT $1::uuid AS base, $3::timestamptz - n * interval '1 s' AS at,
         uuidv7($3::timestamptz - n * interval '1 s' - clock_timestamp()) AS id FROM generate_series(1, $2::int) n`;

/** What a copy cannot have: a hash covers the base's id. So a copy's journal is not chained. */
const HASHES = new Set(['hash', 'journal_hash']);

/** The rows of a table, with the base's id replaced wherever a column holds it. */
const copied = (table: string, key: string, names: string) => `
  INSERT INTO ${table} (${names})
  SELECT ${names} FROM (
    SELECT (json_populate_record(NULL::${table}, replace(row_to_json(t)::text, c.base::text, c.id::text)::json)).*
      FROM ${table} t JOIN copies c ON t.${key} = c.base) copy`;

/** Movements number themselves; the stock is what they come to. There is enough of what the copies took, and no more of anything else. */
const STOCK = `
  INSERT INTO inventory.movements (sku, kind, available, reserved, sold, saga_id, command_id, at)
  SELECT sku, kind, available, reserved, sold, c.id, replace(command_id, c.base::text, c.id::text), c.at
    FROM inventory.movements t JOIN copies c ON t.saga_id = c.base;
  INSERT INTO inventory.movements (sku, kind, available, reserved, sold, at)
  SELECT DISTINCT sku, 'set', 10000000, 0, 0, now() FROM inventory.movements t WHERE saga_id = (SELECT base FROM copies LIMIT 1);
  UPDATE inventory.stock s SET available = m.available, reserved = m.reserved, sold = m.sold
    FROM (SELECT sku, sum(available) AS available, sum(reserved) AS reserved, sum(sold) AS sold
            FROM inventory.movements GROUP BY sku) m WHERE m.sku = s.sku`;

/**
 * Copies an order so many times. It must hold no coupon, which only one order may.
 * @param before the newest copy is a second older than this; now by default. Its month needs partitions.
 */
export async function multiplyOrder(
  databaseUrl: string,
  orderId: string,
  times: number,
  before = new Date(),
): Promise<void> {
  const client = new pg.Client(connectionTo(databaseUrl));
  await client.connect();
  try {
    await client.query(IDS, [orderId, times, before]);
    for (const [table, key] of Object.entries(ORDER_TABLES)) {
      const { rows } = await client.query<{ names: string }>(STORED_COLUMNS, [table]);
      const names = (rows[0]?.names ?? '').split(', ').filter((name) => !HASHES.has(name));
      await client.query(copied(table, key, names.join(', ')));
    }
    await client.query(STOCK);
    await client.query('DROP TABLE copies');
  } finally {
    await client.end();
  }
}
