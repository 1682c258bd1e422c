/**
 * The order that completed with a coupon uses it and takes its discount off; a failed order's coupon is free again.
 */
import { byOrder } from '../invariant.ts';

export const redemptions = byOrder({
  name: 'redemptions',
  rule: 'a completed order with a coupon holds the one it named, its own customer’s, for the discount given; any other holds none',
  broken: `
    WITH held AS (
      SELECT c.redeemed_by AS saga_id, count(*) AS coupons, min(c.id::text) AS id, min(c.user_id) AS user_id,
             min((i.reply -> 'data' ->> 'discount')::bigint) AS discount
        FROM coupon.coupons c
        LEFT JOIN coupon.inbox i ON i.saga_id = c.redeemed_by AND i.command_id = c.redeemed_command
       WHERE c.redeemed_by IS NOT NULL GROUP BY c.redeemed_by)
    SELECT id::text, why AS what FROM (
      SELECT COALESCE(s.id, h.saga_id) AS id, CASE
          WHEN s.id IS NULL THEN format('the coupon %s is used by no order', h.id)
          WHEN h.coupons > 1 THEN format('holds %s coupons', h.coupons)
          WHEN NOT s.quiet THEN NULL
          WHEN s.status = 'failed' AND h.coupons > 0 THEN format('failed, and still holds the coupon %s', h.id)
          WHEN s.status = 'completed' AND s.coupon_id IS NULL AND h.coupons > 0
            THEN format('completed without a coupon, and holds %s', h.id)
          WHEN s.status = 'completed' AND s.coupon_id IS NOT NULL AND h.coupons IS NULL
            THEN format('completed with the coupon %s, and does not hold it', s.coupon_id)
          WHEN h.id <> lower(s.coupon_id) THEN format('named the coupon %s, and holds %s', s.coupon_id, h.id)
          WHEN h.user_id <> s.customer_id THEN format('holds a coupon of %s, and is of %s', h.user_id, s.customer_id)
          WHEN h.coupons > 0 AND h.discount IS DISTINCT FROM s.discount
            THEN format('takes off %s, and its coupon gave %s', s.discount, h.discount)
          WHEN h.coupons > 0 AND s.discount + s.due <> s.amount
            THEN format('takes off %s of %s, and %s is to be paid', s.discount, s.amount, s.due)
        END AS why
        FROM pg_temp.ledger_sagas s FULL JOIN held h ON h.saga_id = s.id) judged
     WHERE why IS NOT NULL`,
  counted: {
    ordered: '(SELECT count(coupon_id) FROM pg_temp.ledger_sagas)',
    used: 'count(redeemed_by)',
    unused: 'count(*) FILTER (WHERE redeemed_by IS NULL)',
  },
  from: 'coupon.coupons',
});
