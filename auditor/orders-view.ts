/**
 * The narrow view of orders that the invariants share, so that the wide rows of sagas are read once. `quiet`: ended, nothing
 * awaited any more, and no step skipped on evidence; only such orders are held to their final state. `issued`: without
 * commands that were never sent. `due`: the amount due in the end. `vouched`: somebody gave evidence about its money.
 */

/** Its columns and their types, in order. */
const COLUMNS = {
  id: 'uuid NOT NULL',
  status: 'text NOT NULL',
  state: 'text NOT NULL',
  version: 'int NOT NULL',
  quiet: 'boolean NOT NULL',
  created_at: 'timestamptz NOT NULL',
  ended_at: 'timestamptz',
  due: 'bigint',
  currency: 'text',
  issued: 'int NOT NULL',
  stuck: 'boolean NOT NULL',
  parked: 'boolean NOT NULL',
  paused: 'boolean NOT NULL',
  awaits: 'boolean NOT NULL',
  timed: 'boolean NOT NULL',
  watched: 'boolean NOT NULL',
  customer_id: 'text NOT NULL',
  coupon_id: 'text',
  amount: 'bigint',
  discount: 'bigint',
  vouched: 'boolean NOT NULL',
  journal_hash: 'bytea',
  journal_salt: 'uuid',
};

/** The name under which the invariants read the view. */
export const ORDERS_VIEW = 'pg_temp.ledger_sagas';

export const ORDERS_COLUMNS = Object.keys(COLUMNS).join(', ');

/** As columns of a table. */
export const ORDERS_DDL = Object.entries(COLUMNS)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ');

/** The view's rows. */
export const ORDERS_QUERY = `
  SELECT s.id, s.status, s.state, s.version, s.status IN ('completed', 'failed') AND s.due_at IS NULL AND s.pending -> 'skipped' IS NULL,
         s.created_at, s.ended_at, GREATEST(0, o.amount - COALESCE((s.context ->> 'discount')::bigint, 0)), o.currency,
         COALESCE((SELECT sum(n.value::int) FROM json_each_text(s.pending -> 'issued') n), 0)
         - (SELECT count(*)::int FROM json_each(s.pending -> 'givenUp') g WHERE (g.value ->> 'unsent')::boolean),
         s.stuck IS NOT NULL, COALESCE(s.stuck ->> 'code' = 'parked', false), s.paused,
         EXISTS (SELECT FROM json_object_keys(s.pending -> 'awaiting')),
         EXISTS (SELECT FROM json_object_keys(s.pending -> 'timers')), s.due_at IS NOT NULL, s.customer_id,
         s.input ->> 'couponId', o.amount, (s.context ->> 'discount')::bigint,
         EXISTS (SELECT FROM json_object_keys(s.pending -> 'skipped') k WHERE k LIKE '%/payment.%'), s.journal_hash, s.journal_salt
    FROM orchestrator.sagas s LEFT JOIN orchestrator.orders o ON o.id = s.id`;
