/** A campaign issues exactly as many coupons as it promises, and one to each user. */
import { wholeTable } from '../invariant.ts';

export const coupons = wholeTable(
  {
    name: 'coupons',
    rule: 'a campaign has issued as many coupons as there are rows, and were, never more than its total, and to no user two',
    broken: `
    SELECT id::text, why AS what FROM (
      SELECT COALESCE(g.id, c.campaign_id) AS id, CASE
          WHEN g.id IS NULL THEN format('%s coupons of no campaign', c.coupons)
          WHEN g.issued <> COALESCE(c.coupons, 0) + g.removed
            THEN format('%s issued, and %s coupons', g.issued, COALESCE(c.coupons, 0) + g.removed)
          WHEN g.issued > g.total THEN format('%s issued of %s', g.issued, g.total)
          WHEN c.coupons > c.users THEN format('%s coupons for %s users', c.coupons, c.users)
        END AS why
        FROM coupon.campaigns g FULL JOIN (
          SELECT campaign_id, count(*) AS coupons, count(DISTINCT user_id) AS users
            FROM coupon.coupons GROUP BY campaign_id) c ON c.campaign_id = g.id) judged
     WHERE why IS NOT NULL`,
    counted: {
      campaigns: 'count(*)',
      issued: 'sum(issued)',
    },
    from: 'coupon.campaigns',
  },
  [
    { table: 'coupon.campaigns', key: 'id' },
    { table: 'coupon.coupons', key: 'campaign_id' },
  ],
);
