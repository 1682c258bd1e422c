-- Payment's books of the money that went back, and the incidents that it still has to publish. Few rows, of sagas of any
-- age: not partitioned.
CREATE TABLE payment.reversals (
  saga_id uuid NOT NULL,
  -- The gateway's id of the refund or the dispute.
  reversal_id text NOT NULL,
  -- The charge.
  command_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('refund', 'dispute')),
  -- In the currency's minor unit.
  amount bigint NOT NULL CHECK (amount >= 0),
  -- pending: under way, may still fail. settled: the customer has it. failed: nothing went back, or it came back.
  state text NOT NULL CHECK (state IN ('pending', 'settled', 'failed')),
  -- The gateway's own word for the state.
  status text NOT NULL,
  -- Payment made it. False: somebody else did, at the gateway.
  own boolean NOT NULL,
  -- When the gateway was asked. An older answer changes nothing.
  seen_at timestamptz(3) NOT NULL,
  PRIMARY KEY (saga_id, reversal_id)
);

CREATE TABLE payment.incidents (
  saga_id uuid NOT NULL,
  -- Names the cause: the same cause is one incident.
  incident_id text NOT NULL,
  command_id text NOT NULL,
  code text NOT NULL,
  text text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  published_at timestamptz(3),
  PRIMARY KEY (saga_id, incident_id)
);
CREATE INDEX incidents_unpublished_idx ON payment.incidents (created_at) WHERE published_at IS NULL;

-- Up to when the gateway's lists were compared with the books, by list.
CREATE TABLE payment.checkpoints (
  name text PRIMARY KEY,
  compared_to timestamptz(3) NOT NULL
);
