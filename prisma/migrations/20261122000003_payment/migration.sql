-- Payment's tables: its inbox, the intents to charge, and the undos that are answered later.
CREATE SCHEMA IF NOT EXISTS payment;

CREATE TABLE payment.inbox (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL CHECK (state IN ('void', 'open', 'answered')),
  reply json,
  created_at timestamptz(3) NOT NULL,
  answered_at timestamptz(3),
  PRIMARY KEY (saga_id, command_id)
) PARTITION BY RANGE (saga_id);

-- One row a charge command. Columns that never change come first.
CREATE TABLE payment.intents (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  gateway text NOT NULL,
  customer_id text NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  currency text NOT NULL,
  method text NOT NULL,
  traceparent text,
  created_at timestamptz(3) NOT NULL,
  -- What the gateway knows it by, written before the charge is confirmed, so null means: no money can have moved.
  gateway_id text,
  outcome text NOT NULL CHECK (outcome IN ('open', 'charged', 'declined')),
  -- Why it was declined, in a code.
  decline_code text,
  -- charge: get it paid, settle: find out, and forbid what was not done, undo: settle it, then give the money back.
  goal text NOT NULL DEFAULT 'charge' CHECK (goal IN ('charge', 'settle', 'undo')),
  undone_at timestamptz(3),
  refund_id text,
  -- Set where the gateway finally refused the refund: { code, text }. A new undo clears it.
  refund_refusal json,
  -- How often a call was made for it since its goal was set, 0: it waits for its first.
  tries int NOT NULL DEFAULT 0,
  -- Part of the idempotency keys: raised when the gateway has answered a call with a 5xx, which it would repeat.
  key_number int NOT NULL DEFAULT 1,
  trouble text,
  noticed_at timestamptz(3),
  -- The claim of the worker that drives it, null: nobody.
  lease uuid,
  -- When a worker must look at it again (a lease ends then too), null: nothing is left to do or to publish.
  look_at timestamptz(3),
  CHECK (undone_at IS NULL OR outcome = 'charged'),
  PRIMARY KEY (saga_id, command_id)
) PARTITION BY RANGE (saga_id);
CREATE INDEX intents_due_idx ON payment.intents (gateway, look_at) WHERE look_at IS NOT NULL;

-- Undos and voids that wait for an intent: answered when every intent they name is settled.
CREATE TABLE payment.undos (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL CHECK (type IN ('payment.refund', 'payment.void')),
  -- The command ids it names: { commandId: 'void' | null }, null where an intent tells.
  names json NOT NULL,
  traceparent text,
  created_at timestamptz(3) NOT NULL,
  noticed_at timestamptz(3),
  answered_at timestamptz(3),
  PRIMARY KEY (saga_id, command_id)
) PARTITION BY RANGE (saga_id);
