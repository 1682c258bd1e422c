-- In the very order of positions: a page of moves is then read without a sort, however many follow it. Without the rows of before,
-- so that each new entry is the last one.
CREATE INDEX IF NOT EXISTS journal_position_idx ON orchestrator.journal (xid, saga_id, version) WHERE xid IS NOT NULL;
