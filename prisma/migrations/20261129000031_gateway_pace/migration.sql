-- The pace of calls to a gateway's account, shared by payment's processes.
CREATE TABLE payment.gateway_paces (
  gateway text NOT NULL,
  -- Calls a second that the gateway was found to take, null: the setting's rate holds.
  learned double precision CHECK (learned > 0),
  -- When the learned rate last dropped.
  learned_at timestamptz(3) NOT NULL,
  -- When the next call may start.
  next_at timestamptz(3) NOT NULL,
  PRIMARY KEY (gateway)
);
