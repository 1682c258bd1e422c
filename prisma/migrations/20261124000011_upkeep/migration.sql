-- Tables that only grow are analysed and vacuumed once each time they have doubled, as the monthly ones are
-- (participants/wire/partitions.ts says why).
ALTER TABLE orchestrator.orders SET (
  autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_insert_scale_factor = 1, autovacuum_vacuum_insert_threshold = 500000);
ALTER TABLE inventory.movements SET (
  autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_insert_scale_factor = 1, autovacuum_vacuum_insert_threshold = 500000);
ALTER TABLE inventory.reservations SET (
  autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_scale_factor = 0.5, autovacuum_vacuum_threshold = 50000,
  autovacuum_vacuum_insert_scale_factor = 1, autovacuum_vacuum_insert_threshold = 500000);
ALTER TABLE shipping.shipments SET (
  autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_insert_scale_factor = 1, autovacuum_vacuum_insert_threshold = 500000);
ALTER TABLE notification.mails SET (
  autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_insert_scale_factor = 1, autovacuum_vacuum_insert_threshold = 500000);
