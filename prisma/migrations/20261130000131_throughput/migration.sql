-- What an engine has counted in each minute of the last hour; null: it is of a build that does not count. An engine that ends leaves
-- its report for as long as somebody may look at that hour.
ALTER TABLE orchestrator.engines ADD COLUMN counted json;
ALTER TABLE orchestrator.engines ADD COLUMN ended_at timestamptz(3);
