/** Stock, reserved and sold are the sums of the movements and of the orders' reservations; none is below zero. */
import { wholeTable } from '../invariant.ts';

export const stockLevels = wholeTable(
  {
    name: 'stock',
    rule: 'available, reserved and sold equal the sums of the movements and what orders hold, and are never negative',
    // Rows of months that retention drops are in the carried sums, from the moment at which these were written.
    broken: `
    WITH moved AS (
      SELECT sku, sum(available) AS available, sum(reserved) AS reserved, sum(sold) AS sold
        FROM (SELECT sku, available, reserved, sold FROM inventory.movements
               WHERE at >= COALESCE((SELECT until FROM inventory.carried_until WHERE kind = 'movements'), '-infinity')
              UNION ALL SELECT sku, available, reserved, sold FROM inventory.carried WHERE kind = 'movements') m
       GROUP BY sku),
    held AS (
      SELECT sku, sum(reserved) AS reserved, sum(sold) AS sold
        FROM (SELECT i.sku, CASE WHEN r.state = 'reserved' THEN i.quantity ELSE 0 END AS reserved,
                     CASE WHEN r.state = 'confirmed' THEN i.quantity ELSE 0 END AS sold
                FROM inventory.reservations r CROSS JOIN LATERAL json_to_recordset(r.items) AS i(sku text, quantity bigint)
               WHERE r.state <> 'released'
                 AND r.saga_id >= COALESCE((SELECT ids_from FROM inventory.carried_until WHERE kind = 'reservations'),
                                           '00000000-0000-0000-0000-000000000000')
              UNION ALL SELECT sku, reserved, sold FROM inventory.carried WHERE kind = 'reservations') r
       GROUP BY sku)
    SELECT sku AS id, why AS what FROM (
      SELECT sku, CASE
          WHEN s.available < 0 OR s.reserved < 0 OR s.sold < 0
            THEN format('below zero: available %s, reserved %s, sold %s', s.available, s.reserved, s.sold)
          WHEN s.available IS DISTINCT FROM m.available OR s.reserved IS DISTINCT FROM m.reserved
            OR s.sold IS DISTINCT FROM m.sold
            THEN format('available %s, reserved %s, sold %s; its movements come to %s, %s, %s',
                        s.available, s.reserved, s.sold, m.available, m.reserved, m.sold)
          WHEN s.reserved <> COALESCE(h.reserved, 0) OR s.sold <> COALESCE(h.sold, 0)
            THEN format('reserved %s, sold %s; orders hold %s and %s', s.reserved, s.sold,
                        COALESCE(h.reserved, 0), COALESCE(h.sold, 0))
        END AS why
        FROM inventory.stock s FULL JOIN moved m USING (sku) FULL JOIN held h USING (sku)) judged
     WHERE why IS NOT NULL
    UNION ALL
    SELECT sku, format('movement %s (%s) makes or loses %s pieces', id, kind, available + reserved + sold)
      FROM inventory.movements WHERE kind <> 'set' AND available + reserved + sold <> 0`,
    counted: {
      skus: 'count(*)',
      movements: '(SELECT count(*) FROM inventory.movements)',
      reserved: 'sum(reserved)',
      sold: 'sum(sold)',
    },
    from: 'inventory.stock',
  },
  [
    { table: 'inventory.stock', key: 'sku' },
    { table: 'inventory.movements', key: 'sku' },
  ],
);
