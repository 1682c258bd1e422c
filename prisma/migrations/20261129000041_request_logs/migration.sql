-- The logs that followed one another under the name coupon-request, by partition. Offsets in `coupons`, `checkpoints` and `lost`
-- hold the log's number above their lowest 40 bits, so those of a later log are greater. All that is stored already is of log 0.
CREATE TABLE coupon.request_logs (
  partition integer NOT NULL,
  number integer NOT NULL,
  topic_id text,
  began_at timestamptz(3),
  noted_at timestamptz(3) NOT NULL,
  PRIMARY KEY (partition, number),
  CHECK (number >= 0),
  CHECK ((number = 0) = (began_at IS NULL))
);
