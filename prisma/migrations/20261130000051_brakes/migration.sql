-- Brakes: what persons hold back, all intake or one type of command, until they release it at a rate. `id` is that of the audit's
-- entry. One is in force for each thing held until it is released, and has ended once nothing is held by it any more.
CREATE TABLE orchestrator.brakes (
  id uuid PRIMARY KEY,
  holds text NOT NULL,
  reason text NOT NULL,
  set_by text NOT NULL,
  set_at timestamptz(3) NOT NULL,
  released_by text,
  released_role text,
  release_reason text,
  released_at timestamptz(3),
  per_second integer,
  -- Up to here the rate's allowance is used.
  resumed_to timestamptz(3),
  resumed integer NOT NULL DEFAULT 0,
  ended_at timestamptz(3),
  CONSTRAINT brakes_released_check CHECK ((released_at IS NULL) = (released_by IS NULL)),
  CONSTRAINT brakes_per_second_check CHECK (per_second > 0)
);
CREATE UNIQUE INDEX brakes_in_force_key ON orchestrator.brakes (holds) WHERE released_at IS NULL;
CREATE INDEX brakes_set_idx ON orchestrator.brakes (set_at DESC, id DESC);

-- Few sagas are paused, and the order in which a release resumes them is that of their ids. No move of a good order changes it.
CREATE INDEX IF NOT EXISTS sagas_paused_idx ON orchestrator.sagas (id) WHERE paused;
