-- Coupons: the campaigns, who has one of which, and how far the requests are decided.
-- What only the issuer's transaction changes: campaigns.issued, coupons (but for its redemption), decided, lost.

CREATE TABLE coupon.campaigns (
  id uuid NOT NULL,
  name text NOT NULL,
  total int NOT NULL CHECK (total > 0),
  discount_kind text NOT NULL CHECK (discount_kind IN ('amount', 'percent')),
  -- In the currency's minor unit, or percent.
  discount_value int NOT NULL CHECK (discount_value > 0 AND (discount_kind = 'amount' OR discount_value <= 100)),
  discount_currency text,
  -- Opening and closing are judged on the broker's acceptance time, null: open from the start, open without end.
  starts_at timestamptz(3),
  ends_at timestamptz(3),
  -- Until when its coupons can be redeemed, null: without end.
  valid_until timestamptz(3),
  created_at timestamptz(3) NOT NULL,
  created_by text NOT NULL,
  -- Nothing above this line ever changes: a request's answer is derived from it.
  issued int NOT NULL DEFAULT 0,
  -- Later than the acceptance of every request decided before it was closed.
  closed_at timestamptz(3),
  PRIMARY KEY (id),
  CHECK (issued >= 0 AND issued <= total),
  CHECK ((discount_kind = 'amount') = (discount_currency IS NOT NULL)),
  CHECK (ends_at > starts_at)
) WITH (fillfactor = 50);

-- One row a coupon. No foreign key: it would be looked up for every row, and campaigns are never deleted.
CREATE TABLE coupon.coupons (
  id uuid NOT NULL,
  campaign_id uuid NOT NULL,
  user_id text NOT NULL,
  -- The request that won it: the message's id, and where the brokers put it.
  request_id text NOT NULL,
  request_partition int NOT NULL,
  request_offset bigint NOT NULL,
  accepted_at timestamptz(3) NOT NULL,
  issued_at timestamptz(3) NOT NULL,
  valid_until timestamptz(3),
  -- Which saga used it, by which command, and when, null: nobody did.
  redeemed_by uuid,
  redeemed_command text,
  redeemed_at timestamptz(3),
  PRIMARY KEY (id),
  UNIQUE (campaign_id, user_id),
  CHECK ((redeemed_by IS NULL) = (redeemed_command IS NULL) AND (redeemed_by IS NULL) = (redeemed_at IS NULL))
) WITH (fillfactor = 90);

-- The marks: how far each partition of coupon-request is decided. A mark only rises.
CREATE TABLE coupon.decided (
  partition int NOT NULL,
  next_offset bigint NOT NULL CHECK (next_offset >= 0),
  -- The latest acceptance among what is decided, null: nothing is.
  accepted_until timestamptz(3),
  PRIMARY KEY (partition)
) WITH (fillfactor = 50);

-- Requests nobody could decide: they left the log before they were read, or were parked. From inclusive, to exclusive.
CREATE TABLE coupon.lost (
  partition int NOT NULL,
  from_offset bigint NOT NULL,
  to_offset bigint NOT NULL,
  noted_at timestamptz(3) NOT NULL,
  PRIMARY KEY (partition, from_offset),
  CHECK (to_offset > from_offset)
);

-- A random value in the name of every key in Redis. Renewed when the database went back in time: Redis did not.
CREATE TABLE coupon.epoch (
  one boolean NOT NULL DEFAULT true CHECK (one),
  value text NOT NULL,
  renewed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (one)
);
INSERT INTO coupon.epoch (value, renewed_at) VALUES (gen_random_uuid()::text, now());
