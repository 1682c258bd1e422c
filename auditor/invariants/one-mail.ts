/** The customer gets one e-mail an order, about its end. */
import { byOrder } from '../invariant.ts';

export const oneMail = byOrder({
  name: 'e-mails',
  rule: 'one e-mail an order and event: an order that has ended has the one of its end, soon after',
  values: ({ limits }) => [limits.mailMs],
  broken: `
    SELECT id::text, why AS what FROM (
      SELECT COALESCE(s.id, m.order_id) AS id, CASE
          WHEN s.id IS NULL THEN format('an e-mail about no order: %s', m.event_id)
          WHEN m.mails > 1 THEN format('%s e-mails, %s among them', m.mails, m.event_id)
          WHEN m.event_id <> s.id || '/order.' || CASE s.status WHEN 'compensating' THEN 'failed' ELSE s.status END
            THEN format('%s, and the e-mail is about %s', s.status, m.event_id)
          WHEN m.event_id IS NULL AND s.ended_at < now() - $1::float8 * interval '1 ms'
            THEN format('%s at %s, and no e-mail yet', s.status, s.ended_at)
        END AS why
        FROM pg_temp.ledger_sagas s FULL JOIN (
          SELECT order_id, count(*) AS mails, min(event_id) AS event_id FROM notification.mails GROUP BY order_id) m
          ON m.order_id = s.id) judged
     WHERE why IS NOT NULL`,
  counted: {
    sent: "count(*) FILTER (WHERE state = 'sent')",
    deferred: "count(*) FILTER (WHERE state = 'deferred')",
    refused: "count(*) FILTER (WHERE state = 'refused')",
  },
  from: 'notification.mails',
});
