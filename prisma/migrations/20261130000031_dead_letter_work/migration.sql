-- Work on dead letters: grouped by what failed, corrected beside their original bytes, discarded, and sent in batches.

-- May hold up orchestrator.dead_letters: it is rewritten once, only the copier writes it, and no order waits for that.
-- The text of a failure without what differs from one letter to the next: ids, quoted values, and words with a digit.
ALTER TABLE orchestrator.dead_letters ADD COLUMN group_text text NOT NULL GENERATED ALWAYS AS (
  regexp_replace(
    regexp_replace(
      regexp_replace(
        regexp_replace(text, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', '#', 'g'),
        '"[^"]*"|“[^”]*”|`[^`]*`', '"#"', 'g'),
      '(^|[[:space:](:=,])''[^'']*''', '\1"#"', 'g'),
    '[[:alnum:]_]*[0-9][[:alnum:]_]*', '#', 'g')) STORED,
-- Who parked it, from which topic, under which code, with which text: one group has one cause.
  ADD COLUMN group_id text NOT NULL GENERATED ALWAYS AS (
  left(md5(origin_topic || ' ' || parked_by || ' ' || reason || ' ' ||
    regexp_replace(
      regexp_replace(
        regexp_replace(
          regexp_replace(text, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', '#', 'g'),
          '"[^"]*"|“[^”]*”|`[^`]*`', '"#"', 'g'),
        '(^|[[:space:](:=,])''[^'']*''', '\1"#"', 'g'),
      '[[:alnum:]_]*[0-9][[:alnum:]_]*', '#', 'g')), 16)) STORED;

-- The corrected body that is sent instead of `value`, which never changes. `edits` counts the corrections.
ALTER TABLE orchestrator.dead_letters ADD COLUMN edited_value bytea;
ALTER TABLE orchestrator.dead_letters ADD COLUMN edited_at timestamptz(3);
ALTER TABLE orchestrator.dead_letters ADD COLUMN edits integer NOT NULL DEFAULT 0;
ALTER TABLE orchestrator.dead_letters ADD COLUMN discarded_at timestamptz(3);
-- The batch that sent it last: a wave that is carried out again knows its own letters.
ALTER TABLE orchestrator.dead_letters ADD COLUMN resent_batch uuid;

-- The letters that are being sent at this moment, so that two requests do not send one letter. A claim of a process that was killed expires.
CREATE TABLE orchestrator.dead_letter_claims (
  partition integer NOT NULL,
  record_offset bigint NOT NULL,
  claim uuid NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (partition, record_offset)
);

-- Acts on many targets at once. The set of targets is fixed when a batch is created. Any API carries out the next wave, under a lease
-- whose number (`fence`) every write bears: a process that was overtaken writes nothing.
CREATE TABLE orchestrator.batches (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'cancelled', 'done')),
  -- What its kind needs beside the targets.
  params json NOT NULL,
  plan_hash text NOT NULL,
  total integer NOT NULL CHECK (total > 0),
  per_second integer NOT NULL CHECK (per_second > 0),
  actor text NOT NULL,
  role text NOT NULL,
  reason text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  -- The next wave is due.
  due_at timestamptz(3) NOT NULL,
  fence integer NOT NULL DEFAULT 0,
  leased_until timestamptz(3),
  CHECK ((state IN ('cancelled', 'done')) = (ended_at IS NOT NULL))
);
CREATE INDEX batches_due_idx ON orchestrator.batches (due_at) WHERE state = 'running';
CREATE INDEX batches_created_idx ON orchestrator.batches (created_at DESC, id DESC);
CREATE INDEX batches_ended_idx ON orchestrator.batches (ended_at) WHERE ended_at IS NOT NULL;

-- One target of a batch. `watched`: it was acted on, and its outcome is not final yet.
CREATE TABLE orchestrator.batch_items (
  batch_id uuid NOT NULL,
  number integer NOT NULL,
  target text NOT NULL,
  -- What the plan saw of the target.
  seen json NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'watched', 'ended')),
  outcome text,
  detail text,
  acted_at timestamptz(3),
  PRIMARY KEY (batch_id, number),
  CHECK ((state = 'ended') <= (outcome IS NOT NULL))
);
CREATE INDEX batch_items_open_idx ON orchestrator.batch_items (batch_id, state, number) WHERE state <> 'ended';
