-- Versions. An activation is a row each time, so rolling back is one more. It is an entry of the audit, and that
-- entry is about a definition and no saga.
ALTER TABLE orchestrator.activations DROP CONSTRAINT activations_pkey;
ALTER TABLE orchestrator.activations ADD COLUMN seq bigint;
UPDATE orchestrator.activations a SET seq = n.seq
  FROM (SELECT ctid, row_number() OVER (ORDER BY activated_at, version) AS seq FROM orchestrator.activations) n
 WHERE n.ctid = a.ctid;
ALTER TABLE orchestrator.activations ADD PRIMARY KEY (seq);
ALTER TABLE orchestrator.activations ADD COLUMN reason text NOT NULL DEFAULT '';
ALTER TABLE orchestrator.actions ALTER COLUMN saga_id DROP NOT NULL;
