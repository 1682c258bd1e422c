-- Inventory's tables: stock, who has reserved what, and every change of stock as a movement.
CREATE SCHEMA IF NOT EXISTS inventory;

CREATE TABLE inventory.inbox (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL CHECK (state IN ('void', 'open', 'answered')),
  reply json,
  created_at timestamptz(3) NOT NULL,
  answered_at timestamptz(3),
  PRIMARY KEY (saga_id, command_id)
) PARTITION BY RANGE (saga_id);

-- The hot rows: half of each page is left free, so that updates stay in it (HOT).
CREATE TABLE inventory.stock (
  sku text PRIMARY KEY,
  available bigint NOT NULL CHECK (available >= 0),
  reserved bigint NOT NULL CHECK (reserved >= 0),
  sold bigint NOT NULL CHECK (sold >= 0)
) WITH (fillfactor = 50);

-- One row a reserve command that was granted: its state says whether it is undone.
CREATE TABLE inventory.reservations (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  items json NOT NULL,
  reserved_at timestamptz(3) NOT NULL,
  state text NOT NULL CHECK (state IN ('reserved', 'confirmed', 'released')),
  confirmed_by text,
  changed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (saga_id, command_id)
) WITH (fillfactor = 70);

-- Every change of stock: a sku's row in `stock` is the sum of its movements.
CREATE TABLE inventory.movements (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('set', 'reserve', 'confirm', 'release', 'return')),
  available bigint NOT NULL,
  reserved bigint NOT NULL,
  sold bigint NOT NULL,
  saga_id uuid,
  command_id text,
  at timestamptz(3) NOT NULL
);

-- The demo catalogue: some things a person can read, and a thousand a benchmark cannot empty.
INSERT INTO inventory.movements (sku, kind, available, reserved, sold, at)
SELECT sku, 'set', available, 0, 0, timestamptz '2026-11-22T00:00:00Z'
  FROM (
    VALUES ('coffee-beans', 500), ('espresso-cup', 200), ('milk-frother', 80), ('paper-filter', 5000), ('sold-out-mug', 0)
    UNION ALL
    SELECT 'SKU-' || lpad(n::text, 4, '0'), 100000000 FROM generate_series(1, 1000) n
  ) AS catalogue (sku, available);
INSERT INTO inventory.stock (sku, available, reserved, sold)
SELECT sku, sum(available), 0, 0 FROM inventory.movements GROUP BY sku ORDER BY sku;
