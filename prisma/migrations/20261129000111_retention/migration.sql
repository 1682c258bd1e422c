-- The months that retention has dropped, or is dropping. A row comes before the first table of its month goes: from then on
-- the ledger's invariants leave the month out.
CREATE TABLE orchestrator.retention (
  kind text NOT NULL CHECK (kind IN ('orders', 'movements')),
  month date NOT NULL,
  -- The end of the month, exclusive, and the smallest UUIDv7 of that instant.
  until timestamptz(3) NOT NULL,
  ids_from uuid NOT NULL,
  -- The id of the audit's entry.
  action_id uuid NOT NULL,
  -- What went of each table, by its name.
  dropped jsonb NOT NULL DEFAULT '{}',
  begun_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  PRIMARY KEY (kind, month)
);

-- What the dropped months came to, by sku: stock is the sum of the movements that are left, and of this.
CREATE TABLE inventory.carried (
  kind text NOT NULL CHECK (kind IN ('movements', 'reservations')),
  sku text NOT NULL,
  available bigint NOT NULL,
  reserved bigint NOT NULL,
  sold bigint NOT NULL,
  PRIMARY KEY (kind, sku)
);
-- Rows of before are in `carried`, and in no sum any more.
CREATE TABLE inventory.carried_until (
  kind text PRIMARY KEY CHECK (kind IN ('movements', 'reservations')),
  until timestamptz(3) NOT NULL,
  ids_from uuid NOT NULL
);

-- Coupons whose rows retention has deleted: `issued` counts them still. A column with a constant default needs no rewrite.
ALTER TABLE coupon.campaigns ADD COLUMN removed int NOT NULL DEFAULT 0 CHECK (removed >= 0 AND removed <= issued);
