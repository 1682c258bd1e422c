-- Batches of sagas: their waves grow while sagas end well, and a batch stops itself where too many fail again.

-- `stopped`: no further wave begins until a person resumes it, and what was acted on is still watched.
ALTER TABLE orchestrator.batches
  DROP CONSTRAINT batches_state_check,
  ADD CONSTRAINT batches_state_check CHECK (state IN ('running', 'paused', 'stopped', 'cancelled', 'done')),
  -- Waves begin small again after this lease: the one at which a person resumed it last.
  ADD COLUMN ramp_from integer NOT NULL DEFAULT 0,
  -- Why it stopped itself, the last time.
  ADD COLUMN stopped json,
  ADD CONSTRAINT batches_stopped_check CHECK (state <> 'stopped' OR stopped IS NOT NULL);

DROP INDEX orchestrator.batches_due_idx;
CREATE INDEX batches_due_idx ON orchestrator.batches (due_at) WHERE state = 'running' OR state = 'stopped';

-- `wave`: the lease under which a target was acted on, and the targets of one lease are one wave. `fingerprint`: of the failure that it
-- ended with.
ALTER TABLE orchestrator.batch_items ADD COLUMN wave integer, ADD COLUMN fingerprint text;
