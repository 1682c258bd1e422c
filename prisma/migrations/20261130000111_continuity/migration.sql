-- How old this database is, as a number that only grows. Every process that also writes to Kafka raises `beat` about once a second, and
-- then commits it to Kafka. A database that was restored to an earlier time has a lower one than Kafka, and nothing flows until a
-- rewind has given it another `incarnation`.
CREATE SCHEMA continuity;

CREATE TABLE continuity.beats (
  one boolean PRIMARY KEY DEFAULT true,
  incarnation uuid NOT NULL DEFAULT gen_random_uuid(),
  beat bigint NOT NULL DEFAULT 0,
  at timestamptz(3) NOT NULL DEFAULT 'epoch',
  CONSTRAINT beats_one_check CHECK (one)
) WITH (fillfactor = 50);

INSERT INTO continuity.beats DEFAULT VALUES;
