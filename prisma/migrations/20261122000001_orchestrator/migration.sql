-- The orchestrator's tables.
-- `json`, not `jsonb`, where the exact text matters: a message sent again is byte for byte the first one.
CREATE SCHEMA IF NOT EXISTS orchestrator;

CREATE TABLE orchestrator.orders (
  id uuid PRIMARY KEY,
  customer_id text NOT NULL,
  idempotency_key text,
  request_hash text NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  created_at timestamptz(3) NOT NULL
);
CREATE UNIQUE INDEX orders_customer_id_idempotency_key_key ON orchestrator.orders (customer_id, idempotency_key);
CREATE INDEX orders_customer_id_id_idx ON orchestrator.orders (customer_id, id);

-- Columns that never change come first: an UPDATE's log record then holds only what differs.
-- Room is left in each page so that the five updates of an order stay in it (HOT).
CREATE TABLE orchestrator.sagas (
  id uuid NOT NULL,
  definition text NOT NULL,
  definition_version int NOT NULL,
  partition int NOT NULL,
  customer_id text NOT NULL,
  input json NOT NULL,
  created_at timestamptz(3) NOT NULL,
  version int NOT NULL DEFAULT 0,
  revision int NOT NULL DEFAULT 0,
  state text NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'compensating', 'completed', 'failed')),
  context json NOT NULL,
  tickets json NOT NULL,
  stuck json,
  trouble json,
  paused boolean NOT NULL DEFAULT false,
  state_since timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  watch json NOT NULL DEFAULT '{}',
  looks int NOT NULL DEFAULT 0,
  look_at timestamptz(3),
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);
-- The one index of live sagas. An ordinary order changes it at its birth and at its end only.
CREATE INDEX sagas_live_idx ON orchestrator.sagas (look_at) WHERE look_at IS NOT NULL;

CREATE TABLE orchestrator.journal (
  saga_id uuid NOT NULL,
  message_id text NOT NULL,
  version int NOT NULL,
  at timestamptz(3) NOT NULL,
  type text NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  message json NOT NULL,
  change json NOT NULL,
  out json NOT NULL,
  origin_topic text NOT NULL,
  origin_partition int NOT NULL,
  origin_offset bigint NOT NULL,
  PRIMARY KEY (saga_id, message_id)
) PARTITION BY RANGE (saga_id);

CREATE TABLE orchestrator.strays (
  saga_id uuid NOT NULL,
  message_id text NOT NULL,
  type text NOT NULL,
  reason text NOT NULL,
  message json NOT NULL,
  first_at timestamptz(3) NOT NULL,
  last_at timestamptz(3) NOT NULL,
  count int NOT NULL DEFAULT 1,
  PRIMARY KEY (saga_id, message_id)
) PARTITION BY RANGE (saga_id);

CREATE TABLE orchestrator.actions (
  id uuid PRIMARY KEY,
  seq bigint NOT NULL UNIQUE,
  saga_id uuid NOT NULL,
  batch_id uuid,
  action text NOT NULL,
  revision int,
  actor text NOT NULL,
  role text NOT NULL,
  reason text NOT NULL,
  params json NOT NULL DEFAULT '{}',
  idempotency_key text,
  created_at timestamptz(3) NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'applied', 'refused')),
  detail text,
  ended_at timestamptz(3),
  look_at timestamptz(3)
);
CREATE UNIQUE INDEX actions_actor_idempotency_key_key ON orchestrator.actions (actor, idempotency_key);
CREATE INDEX actions_saga_id_idx ON orchestrator.actions (saga_id);
CREATE INDEX actions_waiting_idx ON orchestrator.actions (look_at) WHERE state = 'waiting';

CREATE TABLE orchestrator.activations (
  definition text NOT NULL,
  version int NOT NULL,
  activated_at timestamptz(3) NOT NULL,
  activated_by text NOT NULL,
  PRIMARY KEY (definition, version)
);

CREATE TABLE orchestrator.engines (
  id text PRIMARY KEY,
  definitions json NOT NULL,
  seen_at timestamptz(3) NOT NULL
);

CREATE TABLE orchestrator.dead_letters (
  partition int NOT NULL,
  record_offset bigint NOT NULL,
  saga_id uuid,
  key bytea,
  value bytea NOT NULL,
  parked_by text NOT NULL,
  parked_at timestamptz(3) NOT NULL,
  reason text NOT NULL,
  text text NOT NULL,
  origin_topic text NOT NULL,
  origin_partition int NOT NULL,
  origin_offset bigint NOT NULL,
  sent_again_at timestamptz(3),
  PRIMARY KEY (partition, record_offset)
);
CREATE INDEX dead_letters_saga_id_idx ON orchestrator.dead_letters (saga_id);
