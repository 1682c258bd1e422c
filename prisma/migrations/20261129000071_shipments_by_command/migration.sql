-- One shipment a command, as with reservations: a shipment that was cancelled no longer forbids the order's next one. An
-- order still has at most one that is not cancelled.
ALTER TABLE shipping.shipments DROP CONSTRAINT shipments_pkey;
ALTER TABLE shipping.shipments ADD CONSTRAINT shipments_pkey PRIMARY KEY (saga_id, command_id);
CREATE UNIQUE INDEX shipments_live_key ON shipping.shipments (saga_id) WHERE state <> 'cancelled';
DROP INDEX shipping.shipments_id_key;
