-- Requests to erase a customer. The customer's id stays until everything is erased, and no longer. `subject` stands in its
-- place from then on, in every table.
CREATE TABLE orchestrator.erasures (
  id uuid PRIMARY KEY,
  customer_id text,
  subject text NOT NULL UNIQUE,
  actor text NOT NULL,
  role text NOT NULL,
  reason text NOT NULL,
  requested_at timestamptz(3) NOT NULL,
  -- The id of the audit's entry that ends it.
  action_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done')),
  -- What it waits for, or what it erased.
  detail text,
  ended_at timestamptz(3),
  CHECK ((state = 'done') = (customer_id IS NULL)),
  CHECK ((state = 'done') = (ended_at IS NOT NULL))
);
CREATE INDEX erasures_waiting_idx ON orchestrator.erasures (requested_at) WHERE state = 'waiting';

-- An entry of the audit whose actor, reason and parameters were erased: the entry that says so bears its number and hash.
ALTER TABLE orchestrator.actions ADD COLUMN erased_by uuid;

-- Prisma cuts this script at every semicolon, so those inside the function are written as x3B.
CREATE FUNCTION orchestrator.check_audit_erasure() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  IF OLD.erased_by IS NULL AND EXISTS (
    SELECT FROM orchestrator.actions e WHERE e.id = NEW.erased_by AND e.action = ''erase-customer'' AND e.seq > OLD.seq
       AND e.params::jsonb -> ''entries'' @> jsonb_build_array(jsonb_build_array(OLD.seq, OLD.hash)))
  THEN
    RETURN NEW\x3B
  END IF\x3B
  RAISE EXCEPTION ''the audit is append-only: % of orchestrator.actions is refused'', TG_OP
    USING ERRCODE = ''integrity_constraint_violation''\x3B
END';

DROP TRIGGER actions_never_change ON orchestrator.actions;
CREATE TRIGGER actions_never_change BEFORE UPDATE ON orchestrator.actions FOR EACH ROW WHEN (
  OLD.id IS DISTINCT FROM NEW.id OR OLD.seq IS DISTINCT FROM NEW.seq OR OLD.saga_id IS DISTINCT FROM NEW.saga_id
  OR OLD.batch_id IS DISTINCT FROM NEW.batch_id OR OLD.action IS DISTINCT FROM NEW.action
  OR OLD.revision IS DISTINCT FROM NEW.revision OR OLD.role IS DISTINCT FROM NEW.role
  OR OLD.created_at IS DISTINCT FROM NEW.created_at OR OLD.previous_hash IS DISTINCT FROM NEW.previous_hash
  OR OLD.hash IS DISTINCT FROM NEW.hash)
  EXECUTE FUNCTION orchestrator.refuse_audit_change();
CREATE TRIGGER actions_erased_by_entry BEFORE UPDATE ON orchestrator.actions FOR EACH ROW WHEN (
  OLD.actor IS DISTINCT FROM NEW.actor OR OLD.reason IS DISTINCT FROM NEW.reason
  OR OLD.params::text IS DISTINCT FROM NEW.params::text OR OLD.idempotency_key IS DISTINCT FROM NEW.idempotency_key
  OR OLD.erased_by IS DISTINCT FROM NEW.erased_by)
  EXECUTE FUNCTION orchestrator.check_audit_erasure();
