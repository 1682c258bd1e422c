-- Month partitions for the tables of orders that had none: a month is then dropped whole. Their keys hold the saga's id, a
-- UUIDv7, so the id gives the month. A movement of a person's has no saga: movements go by their time. Rows are copied into
-- the months of their ids. Stop every process first.
CREATE SCHEMA unpartitioned;

CREATE FUNCTION unpartitioned.month_of(id uuid) RETURNS timestamp LANGUAGE sql IMMUTABLE RETURN
  date_trunc('month', to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AT TIME ZONE 'UTC');
CREATE FUNCTION unpartitioned.floor_of(month timestamp) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN
  (lpad(to_hex((extract(epoch FROM month AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid;

ALTER TABLE inventory.reservations SET SCHEMA unpartitioned;
ALTER TABLE inventory.movements SET SCHEMA unpartitioned;
ALTER TABLE shipping.shipments SET SCHEMA unpartitioned;
ALTER TABLE notification.mails SET SCHEMA unpartitioned;
ALTER TABLE payment.incidents SET SCHEMA unpartitioned;
ALTER TABLE payment.reversals SET SCHEMA unpartitioned;

CREATE TABLE inventory.reservations (LIKE unpartitioned.reservations INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
  PRIMARY KEY (saga_id, command_id)) PARTITION BY RANGE (saga_id);
CREATE TABLE shipping.shipments (LIKE unpartitioned.shipments INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
  PRIMARY KEY (saga_id, command_id)) PARTITION BY RANGE (saga_id);
CREATE UNIQUE INDEX shipments_live_key ON shipping.shipments (saga_id) WHERE state <> 'cancelled';
CREATE TABLE payment.incidents (LIKE unpartitioned.incidents INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
  PRIMARY KEY (saga_id, incident_id)) PARTITION BY RANGE (saga_id);
CREATE INDEX incidents_unpublished_idx ON payment.incidents (created_at) WHERE published_at IS NULL;
CREATE TABLE payment.reversals (LIKE unpartitioned.reversals INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
  PRIMARY KEY (saga_id, reversal_id)) PARTITION BY RANGE (saga_id);
-- One mail an event, whose id begins with the order's.
CREATE TABLE notification.mails (LIKE unpartitioned.mails INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
  PRIMARY KEY (order_id, event_id)) PARTITION BY RANGE (order_id);
CREATE INDEX mails_deferred_idx ON notification.mails (next_try_at) WHERE state = 'deferred';
CREATE TABLE inventory.movements (
  id bigint GENERATED ALWAYS AS IDENTITY,
  sku text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('set', 'reserve', 'confirm', 'release', 'return')),
  available bigint NOT NULL,
  reserved bigint NOT NULL,
  sold bigint NOT NULL,
  saga_id uuid,
  command_id text,
  at timestamptz(3) NOT NULL,
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);

-- The months of the rows, and of the tables that have months already: a saga of such a month may still live, and write a
-- row here. A database of one participant alone has no such table: its months of the last year. Prisma cuts this script at every semicolon, so those inside the block are written as x3B.
DO E'DECLARE
  one record\x3B
  month timestamp\x3B
  low text\x3B
  high text\x3B
  is_apart boolean := NOT EXISTS (SELECT FROM pg_class WHERE relispartition)\x3B
BEGIN
  FOR one IN SELECT * FROM (VALUES
    (''inventory'', ''reservations'', ''saga_id'', 70), (''inventory'', ''movements'', NULL, 100),
    (''shipping'', ''shipments'', ''saga_id'', 90), (''payment'', ''incidents'', ''saga_id'', 100),
    (''payment'', ''reversals'', ''saga_id'', 100), (''notification'', ''mails'', ''order_id'', 100)) AS t(owner, name, id, fill)
  LOOP
    FOR month IN EXECUTE format(''SELECT DISTINCT %1$s FROM unpartitioned.%2$I
        UNION SELECT DISTINCT to_timestamp(right(relname, 7), ''''YYYY_MM'''')::timestamp FROM pg_class
          WHERE relispartition AND relkind = ''''r'''' AND relname ~ ''''_[0-9]{4}_[0-9]{2}$'''' AND relname !~ ''''^movements_''''
            AND %3$L IS NOT NULL
        UNION SELECT generate_series(date_trunc(''''month'''', now() AT TIME ZONE ''''UTC'''') - interval ''''12 months'''',
            date_trunc(''''month'''', now() AT TIME ZONE ''''UTC''''), interval ''''1 month'''')
          WHERE %3$L IS NOT NULL AND %4$L AND EXISTS (SELECT FROM unpartitioned.%2$I)'',
      COALESCE(''unpartitioned.month_of('' || one.id || '')'', ''date_trunc(''''month'''', at AT TIME ZONE ''''UTC'''')''),
      one.name, one.id, is_apart)
    LOOP
      IF one.id IS NULL THEN
        low := to_char(month, ''YYYY-MM-DD"T00:00:00Z"'')\x3B
        high := to_char(month + interval ''1 month'', ''YYYY-MM-DD"T00:00:00Z"'')\x3B
      ELSE
        low := unpartitioned.floor_of(month)\x3B
        high := unpartitioned.floor_of(month + interval ''1 month'')\x3B
      END IF\x3B
      EXECUTE format(''CREATE TABLE %1$I.%2$I PARTITION OF %1$I.%3$I FOR VALUES FROM (%4$L) TO (%5$L) WITH (fillfactor = %6$s,
        autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 50000, autovacuum_vacuum_scale_factor = 0.5,
        autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_insert_scale_factor = 1,
        autovacuum_vacuum_insert_threshold = 500000)'',
        one.owner, one.name || to_char(month, ''_YYYY_MM''), one.name, low, high, one.fill)\x3B
    END LOOP\x3B
  END LOOP\x3B
END';

INSERT INTO inventory.reservations SELECT * FROM unpartitioned.reservations;
INSERT INTO shipping.shipments SELECT * FROM unpartitioned.shipments;
INSERT INTO payment.incidents SELECT * FROM unpartitioned.incidents;
INSERT INTO payment.reversals SELECT * FROM unpartitioned.reversals;
INSERT INTO notification.mails SELECT * FROM unpartitioned.mails;
INSERT INTO inventory.movements OVERRIDING SYSTEM VALUE SELECT * FROM unpartitioned.movements;
SELECT setval(pg_get_serial_sequence('inventory.movements', 'id'), COALESCE(max(id), 1), max(id) IS NOT NULL)
  FROM inventory.movements;

DROP SCHEMA unpartitioned CASCADE;
