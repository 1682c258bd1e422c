/** Whatever others did with an order's money is an incident, and its saga shows it. */
import { byOrder } from '../invariant.ts';

export const moneyIncidents = byOrder({
  name: 'money, incidents',
  rule: 'every refund of others of a charge that stands and every dispute is an incident, published and taken by its saga',
  values: ({ limits }) => [limits.mailMs],
  // Refunds of others of a charge that is taken back are a part of what is owed; the gateway's words tell one that failed.
  broken: `
    SELECT COALESCE(i.saga_id, r.saga_id)::text AS id, CASE
        WHEN i.saga_id IS NULL THEN format('the %s %s of others has no incident', r.kind, r.reversal_id)
        WHEN i.published_at IS NULL THEN format('%s is not published', i.incident_id)
        ELSE format('%s reached no saga', i.incident_id)
      END AS what
      FROM (SELECT r.saga_id, r.reversal_id, r.kind FROM payment.reversals r
              JOIN payment.intents c ON c.saga_id = r.saga_id AND c.command_id = r.command_id
             WHERE r.kind = 'dispute' OR (NOT r.own AND r.state <> 'failed' AND c.goal <> 'undo')) r
      FULL JOIN payment.incidents i ON i.saga_id = r.saga_id
            AND i.incident_id = CASE r.kind WHEN 'dispute' THEN 'charge-disputed-' ELSE 'refunded-elsewhere-' END || r.reversal_id
      LEFT JOIN orchestrator.journal j ON j.saga_id = i.saga_id
            AND j.message_id = i.command_id || '/notice/' || i.incident_id
     WHERE i.saga_id IS NULL
        OR (i.created_at < now() - $1::float8 * interval '1 ms' AND i.published_at IS NULL)
        OR (i.published_at < now() - $1::float8 * interval '1 ms' AND j.saga_id IS NULL
            AND i.saga_id IN (SELECT id FROM pg_temp.ledger_sagas))`,
  counted: { raised: 'count(*)', unpublished: 'count(*) FILTER (WHERE published_at IS NULL)' },
  from: 'payment.incidents',
});
