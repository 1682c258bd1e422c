/** Payment's ledger of the money that went back is the gateway's: every refund and dispute, to the cent. */
import { inSql } from '#auditor/invariant.ts';
import type { LedgerSnapshot } from '../ledger-snapshot.ts';

/**
 * Whether payment may not have seen the change of the gateway's entry `g` yet. A comparison reads all that was created since
 * the one before it, but an old entry that changed its state only once a day.
 */
export const isNew = `
  g.changed_at >= GREATEST(
    $1::timestamptz - $3::float8 * interval '1 ms',
    (SELECT compared_to FROM payment.checkpoints c
      WHERE c.name = g.kind || 's' || CASE WHEN g.changed_at = g.created_at THEN '' ELSE ', deep' END)
    - $2::float8 * interval '1 ms')`;

/** Whether an incident of one of these codes names the gateway's entry `g`: the id of an incident ends with it. */
export const named = (...codes: readonly string[]) => `
  (g.order_id, g.id) IN (SELECT saga_id::text, substr(incident_id, length(code) + 2) FROM payment.incidents
                          WHERE code IN (${codes.map((code) => `'${code}'`).join(', ')}))`;

export const gatewayReversals = inSql<LedgerSnapshot>({
  name: 'money, returned at the gateway',
  rule: 'every refund and dispute at the gateway is in payment’s ledger, with its amount and state, and no other is',
  skip: ({ gatewayReadAt }) => (gatewayReadAt === null ? 'no gateway simulator runs' : null),
  values: ({ gatewayReadAt, limits }) => [gatewayReadAt, limits.clockMs, limits.unseenMs],
  // Payment's own part may be newer than the gateway's ledger, which was read first.
  broken: `
    SELECT id, why AS what FROM (
      SELECT COALESCE(g.order_id, r.saga_id::text) AS id, CASE
          WHEN r.reversal_id IS NULL THEN CASE WHEN NOT ${isNew}
            THEN format('the %s %s of %s is %s at the gateway, and payment has none', g.kind, g.id, g.amount, g.state) END
          WHEN r.seen_at > $1::timestamptz - $2::float8 * interval '1 ms' THEN NULL
          WHEN g.id IS NULL
            THEN format('the %s %s of %s is %s for payment, and the gateway has none', r.kind, r.reversal_id, r.amount, r.state)
          WHEN (r.amount, r.state) <> (g.amount, g.state) AND NOT ${isNew}
            THEN format('the %s %s of %s is %s for payment, %s and %s at the gateway', r.kind, r.reversal_id, r.amount,
                        r.state, g.amount, g.state)
        END AS why
        FROM (SELECT * FROM pg_temp.ledger_gateway_reversals
               WHERE order_id IN (SELECT id::text FROM pg_temp.ledger_sagas)) g
        FULL JOIN payment.reversals r ON r.saga_id::text = g.order_id AND r.reversal_id = g.id) judged
     WHERE why IS NOT NULL`,
  counted: {
    refunds: "count(*) FILTER (WHERE kind = 'refund')",
    disputes: "count(*) FILTER (WHERE kind = 'dispute')",
    pending: "count(*) FILTER (WHERE state = 'pending')",
    failed: "count(*) FILTER (WHERE state = 'failed')",
  },
  from: 'pg_temp.ledger_gateway_reversals',
});
