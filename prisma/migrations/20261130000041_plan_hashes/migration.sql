-- The plan that an action's author saw and approved, by its hash: the engine does exactly that, or refuses the action. Null: the author
-- named none. It never changes. The audit's hash of an entry covers it where it is there.
ALTER TABLE orchestrator.actions ADD COLUMN plan_hash text;
-- The plan that the engine carried out.
ALTER TABLE orchestrator.actions ADD COLUMN applied_plan_hash text;

CREATE TRIGGER actions_plan_never_changes BEFORE UPDATE ON orchestrator.actions FOR EACH ROW WHEN (
  OLD.plan_hash IS DISTINCT FROM NEW.plan_hash)
  EXECUTE FUNCTION orchestrator.refuse_audit_change();

-- Stock that a person set by hand: who, why, and each level before and after. A row is only ever added.
CREATE TABLE inventory.corrections (
  id uuid PRIMARY KEY,
  at timestamptz(3) NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL,
  plan_hash text NOT NULL,
  -- [{ sku, from, to }], the available stock.
  changes json NOT NULL
);

-- Who closed a campaign, and why. Null: it was closed before this was kept, or no reason was given.
ALTER TABLE coupon.campaigns ADD COLUMN closed_by text;
ALTER TABLE coupon.campaigns ADD COLUMN close_reason text;
