-- Sagas with an incident, in the order of creation: operators find them whatever the number of active ones. A saga that goes well
-- writes nothing to it: its `stuck` stays null from its birth to its end.
CREATE INDEX IF NOT EXISTS sagas_stuck_idx ON orchestrator.sagas (id) WHERE stuck IS NOT NULL;

-- Filters of sagas that people keep under a name, for themselves or for everybody.
CREATE TABLE orchestrator.saved_views (
  id uuid PRIMARY KEY,
  owner text NOT NULL,
  name text NOT NULL,
  filter json NOT NULL,
  sort text NOT NULL,
  shared boolean NOT NULL,
  created_at timestamptz(3) NOT NULL,
  changed_at timestamptz(3) NOT NULL,
  changed_by text NOT NULL
);
CREATE UNIQUE INDEX saved_views_owner_name_key ON orchestrator.saved_views (owner, name);
-- Two shared views of one name would be one name for two things.
CREATE UNIQUE INDEX saved_views_shared_name_key ON orchestrator.saved_views (name) WHERE shared;
