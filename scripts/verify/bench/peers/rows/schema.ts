/**
 * The tables of an order in a peer's database: ours by name, column and fill factor, so that one query counts both. They
 * have a primary key and no other index, and no partition a month: each is less work for PostgreSQL than ours.
 */
import type { Client } from 'pg';

const SCHEMA = `
CREATE SCHEMA orchestrator; CREATE SCHEMA inventory; CREATE SCHEMA payment; CREATE SCHEMA shipping;
CREATE SCHEMA notification;
CREATE TABLE orchestrator.orders (
  id uuid PRIMARY KEY, customer_id text NOT NULL, idempotency_key text, request_hash text NOT NULL,
  currency text NOT NULL, amount bigint NOT NULL, created_at timestamptz(3) NOT NULL
);
CREATE TABLE inventory.stock (
  sku text PRIMARY KEY, available bigint NOT NULL CHECK (available >= 0),
  reserved bigint NOT NULL CHECK (reserved >= 0), sold bigint NOT NULL CHECK (sold >= 0)
) WITH (fillfactor = 50);
CREATE TABLE inventory.reservations (
  saga_id uuid NOT NULL, command_id text NOT NULL, items json NOT NULL, reserved_at timestamptz(3) NOT NULL,
  state text NOT NULL, confirmed_by text, changed_at timestamptz(3) NOT NULL, PRIMARY KEY (saga_id, command_id)
) WITH (fillfactor = 70);
CREATE TABLE inventory.movements (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku text NOT NULL, kind text NOT NULL, available bigint NOT NULL,
  reserved bigint NOT NULL, sold bigint NOT NULL, saga_id uuid, command_id text, at timestamptz(3) NOT NULL
);
CREATE TABLE payment.intents (
  saga_id uuid NOT NULL, command_id text NOT NULL, gateway text NOT NULL, customer_id text NOT NULL,
  amount bigint NOT NULL, currency text NOT NULL, method text NOT NULL, created_at timestamptz(3) NOT NULL,
  gateway_id text, outcome text NOT NULL, goal text NOT NULL DEFAULT 'charge', PRIMARY KEY (saga_id, command_id)
);
CREATE TABLE shipping.shipments (
  saga_id uuid NOT NULL, id text NOT NULL, command_id text NOT NULL, country text NOT NULL, address json NOT NULL,
  items json NOT NULL, prepared_at timestamptz(3) NOT NULL, state text NOT NULL, changed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (saga_id, command_id)
);
CREATE TABLE notification.mails (
  event_id text NOT NULL, order_id uuid NOT NULL, recipient text NOT NULL, at timestamptz(3) NOT NULL,
  state text NOT NULL, attempts integer NOT NULL DEFAULT 1, PRIMARY KEY (order_id, event_id)
);
INSERT INTO inventory.movements (sku, kind, available, reserved, sold, at)
SELECT 'SKU-' || lpad(n::text, 4, '0'), 'set', 100000000, 0, 0, now() FROM generate_series(1, 1000) n;
INSERT INTO inventory.stock (sku, available, reserved, sold)
SELECT sku, sum(available), 0, 0 FROM inventory.movements GROUP BY sku ORDER BY sku;`;

/** Creates them in an empty database, with the stock that ours has. */
export async function createTables(client: Client): Promise<void> {
  await client.query(SCHEMA);
}
