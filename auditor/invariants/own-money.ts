/** By payment's own records an order has paid its amount, less its discount, or nothing. */
import { byOrder } from '../invariant.ts';

export const ownMoney = byOrder({
  name: 'money, own records',
  rule:
    'charges − refunds is the amount less the discount for a completed order, nothing for a failed one, never more; ' +
    'an incident names a refund that failed later',
  // An operator sees a refund that was reported as done and failed later.
  broken: `
    WITH refund_failed AS (SELECT saga_id FROM payment.incidents WHERE code = 'refund-failed')
    SELECT id::text, why AS what FROM (
      SELECT COALESCE(s.id, p.saga_id) AS id, CASE
          WHEN s.id IS NULL THEN format('%s %s of no order', p.net, p.currency)
          WHEN COALESCE(p.net, 0) > s.due THEN format('holds %s of %s %s: charged too often', p.net, s.due, s.currency)
          WHEN p.currency <> s.currency THEN format('charged in %s, not in %s', p.currency, s.currency)
          WHEN NOT s.quiet THEN NULL
          WHEN p.open > 0 THEN format('%s, and the outcome of a charge is unknown', s.status)
          WHEN s.status = 'failed' AND COALESCE(p.net, 0) <> 0 AND s.id NOT IN (SELECT saga_id FROM refund_failed) THEN format('failed, and holds %s %s', p.net, p.currency)
          WHEN s.status = 'completed' AND COALESCE(p.net, 0) <> s.due
            THEN format('completed, and holds %s of %s %s', COALESCE(p.net, 0), s.due, s.currency)
        END AS why
        FROM pg_temp.ledger_sagas s FULL JOIN (
          SELECT saga_id, max(currency) AS currency, count(*) FILTER (WHERE outcome = 'open') AS open,
                 COALESCE(sum(amount) FILTER (WHERE outcome = 'charged'), 0)
                 - COALESCE(sum(amount) FILTER (WHERE undone_at IS NOT NULL), 0) AS net
            FROM payment.intents GROUP BY saga_id) p ON p.saga_id = s.id) judged WHERE why IS NOT NULL`,
  counted: {
    charged: "count(*) FILTER (WHERE outcome = 'charged')",
    refunded: 'count(*) FILTER (WHERE undone_at IS NOT NULL)',
    declined: "count(*) FILTER (WHERE outcome = 'declined')",
    open: "count(*) FILTER (WHERE outcome = 'open')",
  },
  from: 'payment.intents',
});
