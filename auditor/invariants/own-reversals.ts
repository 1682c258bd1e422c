/** By payment's own records no more goes back than came in, and a charge that is undone is back as a whole. */
import { byOrder } from '../invariant.ts';

/** The incidents of a charge's saga, by what they excuse. */
const EXCUSED = `
  SELECT saga_id, bool_or(code = 'charge-disputed') AS disputed, bool_or(code = 'unknown-charge') AS stranger,
         bool_or(code IN ('refund-overdue', 'refund-failed')) AS refund
    FROM payment.incidents GROUP BY saga_id`;

/** What a charge received and what went back of it; banks may dispute what was refunded, which is an incident. */
const CHARGES = `
  SELECT i.command_id, i.saga_id, i.undone_at IS NOT NULL AND i.gateway <> 'none' AS undone, i.outcome, i.amount,
         CASE WHEN i.outcome = 'charged' THEN i.amount ELSE 0 END AS received
    FROM payment.intents i`;
const RETURNED = `
  SELECT saga_id, command_id, COALESCE(sum(amount) FILTER (WHERE state <> 'failed'), 0) AS gone,
         COALESCE(sum(amount) FILTER (WHERE state <> 'failed' AND kind = 'refund'), 0) AS refunds,
         COALESCE(sum(amount) FILTER (WHERE state = 'settled'), 0) AS settled,
         bool_or(own AND state = 'pending') AS pending
    FROM payment.reversals GROUP BY saga_id, command_id`;

export const ownReversals = byOrder({
  name: 'money, returned',
  rule:
    'of a charge no more goes back than was received, and all of it where it is undone; ' +
    'for a pending refund of ours a saga waits, or an incident names it',
  broken: `
    SELECT id, why AS what, saga_id FROM (
      SELECT COALESCE(c.command_id, r.command_id) AS id, COALESCE(c.saga_id, r.saga_id) AS saga_id, CASE
          WHEN c.command_id IS NULL THEN format('%s went back of no charge', r.gone)
          WHEN c.outcome = 'open' THEN NULL
          WHEN r.refunds > c.received AND e.stranger IS NOT TRUE
            THEN format('%s refunded of %s received', r.refunds, c.received)
          WHEN r.gone > c.received AND e.stranger IS NOT TRUE AND e.disputed IS NOT TRUE
            THEN format('%s went back of %s received', r.gone, c.received)
          WHEN c.undone AND COALESCE(r.settled, 0) < c.amount AND s.vouched IS NOT TRUE
            THEN format('undone, and %s of %s is back', COALESCE(r.settled, 0), c.amount)
          WHEN r.pending AND s.quiet AND e.refund IS NOT TRUE
            THEN format('a refund of ours is pending, and the order is %s', s.status)
        END AS why
        FROM (${CHARGES}) c
        FULL JOIN (${RETURNED}) r ON r.saga_id = c.saga_id AND r.command_id = c.command_id
        LEFT JOIN pg_temp.ledger_sagas s ON s.id = COALESCE(c.saga_id, r.saga_id)
        LEFT JOIN (${EXCUSED}) e ON e.saga_id = COALESCE(c.saga_id, r.saga_id)) judged
     WHERE why IS NOT NULL`,
  order: 'saga_id',
  counted: {
    own: 'count(*) FILTER (WHERE own)',
    foreign: 'count(*) FILTER (WHERE NOT own)',
    pending: "count(*) FILTER (WHERE state = 'pending')",
    failed: "count(*) FILTER (WHERE state = 'failed')",
  },
  from: 'payment.reversals',
});
