/** A completed order has its parcel; nothing is sent for a failed one. */
import { byOrder } from '../invariant.ts';

export const shipments = byOrder({
  name: 'shipments',
  rule: 'a completed order has exactly one shipment, a failed one none that is not cancelled',
  broken: `
    SELECT id::text, why AS what FROM (
      SELECT COALESCE(s.id, p.saga_id) AS id, CASE
          WHEN s.id IS NULL THEN 'a shipment of no order'
          WHEN NOT s.quiet THEN NULL
          WHEN s.status = 'failed' AND p.live > 0 THEN format('failed, with %s shipment(s) not cancelled', p.live)
          WHEN s.status = 'completed' AND p.live IS DISTINCT FROM 1
            THEN format('completed with %s shipments', COALESCE(p.live, 0))
        END AS why
        FROM pg_temp.ledger_sagas s FULL JOIN (
          SELECT saga_id, count(*) FILTER (WHERE state <> 'cancelled') AS live
            FROM shipping.shipments GROUP BY saga_id) p ON p.saga_id = s.id) judged
     WHERE why IS NOT NULL`,
  counted: {
    live: "count(*) FILTER (WHERE state <> 'cancelled')",
    cancelled: "count(*) FILTER (WHERE state = 'cancelled')",
  },
  from: 'shipping.shipments',
});
