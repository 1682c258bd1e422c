-- A released brake holds newcomers too until what it holds is used up, so that its rate is that of all sagas: `opened_at` is when
-- it holds nothing new any more. Those that were released before held nothing new from then on.
ALTER TABLE orchestrator.brakes ADD COLUMN opened_at timestamptz(3);
UPDATE orchestrator.brakes SET opened_at = released_at;
ALTER TABLE orchestrator.brakes ADD CONSTRAINT brakes_opened_check CHECK (opened_at IS NULL OR released_at IS NOT NULL);
