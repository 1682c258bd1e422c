/**
 * The rows of each step as one statement, hence one transaction and one round trip without BEGIN and COMMIT. Each finds
 * what an earlier attempt has written by its primary key, and then changes nothing: it may be repeated.
 */
import { probe } from '#platform/postgres/probe.ts';

/** A statement that a connection prepares once, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Moves the items of a reservation that has just been written. It locks the stock in the order of the skus: two orders
 * that share two of them would deadlock otherwise. It probes the stock's index: by a plain join it would read all of the
 * stock. A constraint of the table keeps every level at 0 or more, and an item without a level divides by zero: either
 * rolls the statement back.
 */
const moveItems = (kind: 'reserve' | 'confirm', from: string, to: string): string => `
   item AS MATERIALIZED (
     SELECT i.sku, i.quantity FROM reservation r, json_to_recordset(r.items) AS i(sku text, quantity bigint)
   ), locked AS MATERIALIZED (
     SELECT s.sku, i.quantity FROM inventory.stock s JOIN item i ON ${probe('s.sku', 'i.sku')} ORDER BY s.sku FOR UPDATE OF s
   ), level AS (
     UPDATE inventory.stock s SET ${from} = s.${from} - l.quantity, ${to} = s.${to} + l.quantity
       FROM locked l WHERE ${probe('s.sku', 'l.sku')} RETURNING s.sku
   ), movement AS (
     INSERT INTO inventory.movements (sku, kind, available, reserved, sold, saga_id, command_id, at)
     SELECT i.sku, '${kind}', ${changes(from, to)}, $1::uuid, $2::text, now() FROM item i
   )
   SELECT 1 / ((SELECT count(*) FROM level) = (SELECT count(*) FROM item))::int`;

function changes(from: string, to: string): string {
  const change = (column: string) =>
    column === from ? '-i.quantity' : column === to ? 'i.quantity' : '0::bigint';
  return ['available', 'reserved', 'sold'].map(change).join(', ');
}

export const STORE: Statement = {
  name: 'store',
  text: `INSERT INTO orchestrator.orders (id, customer_id, idempotency_key, request_hash, currency, amount, created_at)
         VALUES ($1::uuid, $2, $3, $4, $5, $6, now()) ON CONFLICT DO NOTHING`,
};

export const RESERVE: Statement = {
  name: 'reserve',
  text: `WITH reservation AS (
     INSERT INTO inventory.reservations (saga_id, command_id, items, reserved_at, state, changed_at)
     VALUES ($1::uuid, $2::text, $3::json, now(), 'reserved', now()) ON CONFLICT DO NOTHING RETURNING items
   ),${moveItems('reserve', 'available', 'reserved')}`,
};

export const CHARGE: Statement = {
  name: 'charge',
  text: `INSERT INTO payment.intents (saga_id, command_id, gateway, customer_id, amount, currency, method, created_at,
                                      gateway_id, outcome)
         VALUES ($1::uuid, $2, 'none', $3, $4, $5, $6, now(), $7, $8) ON CONFLICT DO NOTHING`,
};

export const CONFIRM: Statement = {
  name: 'confirm',
  text: `WITH reservation AS (
     UPDATE inventory.reservations SET state = 'confirmed', confirmed_by = $2::text, changed_at = now()
      WHERE saga_id = $1::uuid AND command_id = $3 AND state = 'reserved' RETURNING items
   ),${moveItems('confirm', 'reserved', 'sold')}`,
};

export const PREPARE: Statement = {
  name: 'prepare',
  text: `INSERT INTO shipping.shipments (saga_id, id, command_id, country, address, items, prepared_at, state, changed_at)
         VALUES ($1::uuid, $2, $3, $4, $5::json, $6::json, now(), 'prepared', now()) ON CONFLICT DO NOTHING`,
};

export const NOTIFY: Statement = {
  name: 'notify',
  text: `INSERT INTO notification.mails (event_id, order_id, recipient, at, state)
         VALUES ($1, $2::uuid, $3, now(), 'sent') ON CONFLICT DO NOTHING`,
};
