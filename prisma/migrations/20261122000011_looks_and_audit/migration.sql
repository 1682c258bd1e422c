-- The sweeper's: claims that no look followed. A lease doubles with each.
ALTER TABLE orchestrator.sagas ADD COLUMN claims int NOT NULL DEFAULT 0;
-- How often a waiting action was published again. The delay doubles with each.
ALTER TABLE orchestrator.actions ADD COLUMN looks int NOT NULL DEFAULT 0;

-- The audit is append-only: what an action says never changes, and no action goes away. What became of it may be written.
-- Prisma cuts this script at every semicolon, so the one inside the function is written as x3B.
CREATE FUNCTION orchestrator.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  RAISE EXCEPTION ''the audit is append-only: % of orchestrator.actions is refused'', TG_OP
    USING ERRCODE = ''integrity_constraint_violation''\x3B
END';
CREATE TRIGGER actions_are_kept BEFORE DELETE OR TRUNCATE ON orchestrator.actions
  FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.refuse_audit_change();
CREATE TRIGGER actions_never_change BEFORE UPDATE ON orchestrator.actions
  FOR EACH ROW WHEN (
    (OLD.id, OLD.seq, OLD.saga_id, OLD.batch_id, OLD.action, OLD.revision, OLD.actor, OLD.role, OLD.reason,
      OLD.params::text, OLD.idempotency_key, OLD.created_at, OLD.previous_hash, OLD.hash)
    IS DISTINCT FROM
    (NEW.id, NEW.seq, NEW.saga_id, NEW.batch_id, NEW.action, NEW.revision, NEW.actor, NEW.role, NEW.reason,
      NEW.params::text, NEW.idempotency_key, NEW.created_at, NEW.previous_hash, NEW.hash))
  EXECUTE FUNCTION orchestrator.refuse_audit_change();
