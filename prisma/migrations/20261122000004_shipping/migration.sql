-- Shipping's tables.
CREATE SCHEMA IF NOT EXISTS shipping;

CREATE TABLE shipping.inbox (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL CHECK (state IN ('void', 'open', 'answered')),
  reply json,
  created_at timestamptz(3) NOT NULL,
  answered_at timestamptz(3),
  PRIMARY KEY (saga_id, command_id)
) PARTITION BY RANGE (saga_id);

-- One shipment an order. The warehouse marks it handed over: from then on it cannot be cancelled.
CREATE TABLE shipping.shipments (
  saga_id uuid PRIMARY KEY,
  id text NOT NULL,
  command_id text NOT NULL,
  country text NOT NULL,
  address json NOT NULL,
  items json NOT NULL,
  prepared_at timestamptz(3) NOT NULL,
  state text NOT NULL CHECK (state IN ('prepared', 'cancelled', 'handed-over')),
  changed_at timestamptz(3) NOT NULL
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX shipments_id_key ON shipping.shipments (id);
