/** The gateway's own ledger agrees with the participants' tables: the gateway has the customer's money. */
import { inSql } from '#auditor/invariant.ts';
import type { LedgerSnapshot } from '../ledger-snapshot.ts';
import { isNew, named } from './gateway-reversals.ts';

/**
 * What others took back of an order, and an incident names or payment cannot have seen yet; and refunds that failed after
 * they had been reported as done.
 */
const EXPLAINED = `
  SELECT order_id,
         sum(amount) FILTER (WHERE (state = 'settled' OR (kind = 'dispute' AND state = 'pending'))
           AND (${named('refunded-elsewhere', 'charge-disputed', 'dispute-lost')} OR ${isNew})) AS taken,
         sum(amount) FILTER (WHERE kind = 'refund' AND state = 'failed'
           AND (${named('refund-failed')} OR ${isNew})) AS failed
    FROM pg_temp.ledger_gateway_reversals g GROUP BY order_id`;

export const gatewayMoney = inSql<LedgerSnapshot>({
  name: 'money, gateway',
  rule:
    'in the gateway’s own ledger charges − refunds is the amount for a completed order, nothing for a failed one; ' +
    'an incident names what others changed',
  skip: ({ gatewayReadAt }) => (gatewayReadAt === null ? 'no gateway simulator runs' : null),
  values: ({ gatewayReadAt, limits }) => [gatewayReadAt, limits.clockMs, limits.unseenMs],
  // Orders older than the oldest saga are history that was dropped here and not at the gateway.
  broken: `
    SELECT id, why AS what FROM (
      SELECT COALESCE(s.id::text, g.order_id) AS id, CASE
          WHEN s.id IS NULL THEN CASE WHEN g.net <> 0 AND g.order_id >= (SELECT min(id::text) FROM pg_temp.ledger_sagas)
            THEN format('the gateway holds %s %s of no order', g.net, g.currency) END
          WHEN COALESCE(g.net, 0) > s.due THEN format('the gateway holds %s of %s %s', g.net, s.due, s.currency)
          WHEN NOT s.quiet OR s.ended_at > $1::timestamptz - $2::float8 * interval '1 ms' THEN NULL
          WHEN s.status = 'failed' AND COALESCE(g.net, 0) NOT BETWEEN - COALESCE(e.taken, 0) AND COALESCE(e.failed, 0)
            THEN format('failed, and the gateway holds %s %s', g.net, g.currency)
          WHEN s.status = 'completed' AND own.net > 0
               AND (COALESCE(g.net, 0) + COALESCE(e.taken, 0) <> own.net OR g.currency <> s.currency)
            THEN format('completed, our records hold %s %s, the gateway holds %s %s', own.net, s.currency,
                        COALESCE(g.net, 0), COALESCE(g.currency, s.currency))
        END AS why
        FROM pg_temp.ledger_sagas s
        LEFT JOIN (SELECT saga_id, sum(amount) AS net FROM payment.intents
                    WHERE outcome = 'charged' AND undone_at IS NULL AND gateway = 'simulator' GROUP BY saga_id) own
          ON own.saga_id = s.id
        LEFT JOIN (${EXPLAINED}) e ON e.order_id = s.id::text
        FULL JOIN (SELECT order_id, charged - refunded AS net, currency FROM pg_temp.ledger_gateway) g
          ON g.order_id = s.id::text) judged
     WHERE why IS NOT NULL`,
  counted: {
    orders: 'count(*)',
    charged: 'count(*) FILTER (WHERE charged > 0)',
    refunded: 'count(*) FILTER (WHERE refunded > 0)',
  },
  from: 'pg_temp.ledger_gateway',
});
