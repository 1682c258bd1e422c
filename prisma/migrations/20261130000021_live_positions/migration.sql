-- The transaction that wrote a journal row: the position of live events. In the order of transaction ids, below the oldest one that
-- is still open, no row can appear any more, so that a reader misses none and reads none twice. Rows of before have none. A column
-- without a value is added without a rewrite of the table, and its default concerns new rows alone.
ALTER TABLE orchestrator.journal ADD COLUMN xid xid8;
ALTER TABLE orchestrator.journal ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
