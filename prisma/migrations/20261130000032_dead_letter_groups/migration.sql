-- The letters of one group, by age.
CREATE INDEX IF NOT EXISTS dead_letters_group_idx ON orchestrator.dead_letters (group_id, parked_at);
