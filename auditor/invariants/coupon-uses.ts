/** A redeemed coupon is used or restored, one of the two, and no coupon is used without a redemption. */
import { byOrder } from '../invariant.ts';

export const couponUses = byOrder({
  name: 'coupon uses',
  rule: 'a command answered as redeemed holds its coupon or was undone, never both, and no other holds one',
  broken: `
    WITH answers AS (
      SELECT saga_id, command_id, reply FROM coupon.inbox WHERE state = 'answered'),
    rows AS (
      SELECT saga_id, command_id, 1 AS redeemed, 0 AS held, 0 AS undone FROM answers WHERE reply ->> 'type' = 'coupon.redeemed'
      UNION ALL
      SELECT redeemed_by, redeemed_command, 0, 1, 0 FROM coupon.coupons WHERE redeemed_command IS NOT NULL
      UNION ALL
      SELECT min(saga_id::text)::uuid, f.key, 0, 0, 1
        FROM answers CROSS JOIN LATERAL json_each_text(reply -> 'data' -> 'found') f
       WHERE reply ->> 'type' = 'coupon.restored' AND f.value = 'undone' GROUP BY f.key)
    SELECT command_id AS id, min(saga_id::text) AS saga_id,
           format('redeemed %s times, holds %s coupons, undone %s times', sum(redeemed), sum(held), sum(undone)) AS what
      FROM rows GROUP BY command_id HAVING sum(redeemed) <> 1 OR sum(held) + sum(undone) <> 1`,
  order: 'saga_id',
  counted: {
    redeemed: "count(*) FILTER (WHERE reply ->> 'type' = 'coupon.redeemed')",
    refused: "count(*) FILTER (WHERE reply ->> 'type' = 'coupon.refused')",
    restored: "count(*) FILTER (WHERE reply ->> 'type' = 'coupon.restored')",
  },
  from: 'coupon.inbox',
});
