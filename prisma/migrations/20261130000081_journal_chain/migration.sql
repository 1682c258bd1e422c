-- The journal's hash chain, saga by saga: each entry’s hash covers the hash of the entry before it, the entry’s columns and a digest of
-- its documents, and the saga’s row bears the hash of the newest one. Entries of before, and of engines of the build before, have none.
-- Columns without a value are added without a rewrite of the tables.
ALTER TABLE orchestrator.sagas ADD COLUMN journal_hash bytea;
ALTER TABLE orchestrator.journal ADD COLUMN hash bytea;
-- A part of each digest of its documents. An erasure replaces it, so that nobody can compare a guess at a name or an address with a digest
-- that is left. Sagas of before have none, and are not chained.
ALTER TABLE orchestrator.sagas ADD COLUMN journal_salt uuid;
ALTER TABLE orchestrator.sagas ALTER COLUMN journal_salt SET DEFAULT gen_random_uuid();
-- Of an entry whose documents were erased: the audit’s entry of the erasure, and the digest of what they held, which the hash covers.
ALTER TABLE orchestrator.journal ADD COLUMN erased_by uuid;
ALTER TABLE orchestrator.journal ADD COLUMN erased_content bytea;

-- The audit is filtered by action, by batch and by time. Its entries are few, and no order writes one.
CREATE INDEX IF NOT EXISTS actions_action_seq_idx ON orchestrator.actions (action, seq);
CREATE INDEX IF NOT EXISTS actions_batch_id_seq_idx ON orchestrator.actions (batch_id, seq);
CREATE INDEX IF NOT EXISTS actions_created_at_idx ON orchestrator.actions (created_at);
-- An erased entry of the journal names the audit's entry that ends its erasure.
CREATE UNIQUE INDEX IF NOT EXISTS erasures_action_id_key ON orchestrator.erasures (action_id);

-- Why a campaign was made. Null: no reason was given.
ALTER TABLE coupon.campaigns ADD COLUMN create_reason text;
