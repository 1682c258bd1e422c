/** A completed order's goods are sold to it, a failed order's are free again. */
import { byOrder } from '../invariant.ts';

export const reservations = byOrder({
  name: 'reservations',
  rule: 'a completed order has one reservation, confirmed; a failed one has none that is not released',
  broken: `
    SELECT id::text, why AS what FROM (
      SELECT COALESCE(s.id, r.saga_id) AS id, CASE
          WHEN s.id IS NULL THEN 'reserved for no order'
          WHEN NOT s.quiet THEN NULL
          WHEN s.status = 'failed' AND r.reserved + r.confirmed > 0
            THEN format('failed, and still holds %s reserved, %s confirmed', r.reserved, r.confirmed)
          WHEN s.status = 'completed' AND (r.confirmed IS DISTINCT FROM 1 OR r.reserved > 0)
            THEN format('completed with %s confirmed and %s reserved', COALESCE(r.confirmed, 0), COALESCE(r.reserved, 0))
        END AS why
        FROM pg_temp.ledger_sagas s FULL JOIN (
          SELECT saga_id, count(*) FILTER (WHERE state = 'reserved') AS reserved,
                 count(*) FILTER (WHERE state = 'confirmed') AS confirmed
            FROM inventory.reservations GROUP BY saga_id) r ON r.saga_id = s.id) judged
     WHERE why IS NOT NULL`,
  counted: {
    reserved: "count(*) FILTER (WHERE state = 'reserved')",
    confirmed: "count(*) FILTER (WHERE state = 'confirmed')",
    released: "count(*) FILTER (WHERE state = 'released')",
  },
  from: 'inventory.reservations',
});
