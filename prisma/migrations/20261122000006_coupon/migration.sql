-- The coupon participant's inbox: the coupons' own tables follow in a migration of theirs.
CREATE SCHEMA IF NOT EXISTS coupon;

CREATE TABLE coupon.inbox (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL CHECK (state IN ('void', 'open', 'answered')),
  reply json,
  created_at timestamptz(3) NOT NULL,
  answered_at timestamptz(3),
  PRIMARY KEY (saga_id, command_id)
) PARTITION BY RANGE (saga_id);
