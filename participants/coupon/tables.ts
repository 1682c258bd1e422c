/** The tables of coupon's three services. */
import { batches, kept, month, type Table } from '#platform/postgres/tables.ts';

export const COUPON_TABLES: readonly Table[] = [
  month('coupon.inbox', '1 with a coupon', { orderId: 'saga_id' }),
  batches(
    'coupon.coupons',
    'coupons issued',
    'coupons',
    'a user has one coupon of a campaign, and an order one coupon, in all months',
    'redeemed_by',
  ),
  kept('coupon.campaigns', 'campaigns', 'few, and coupons belong to them'),
  kept('coupon.checkpoints', 'nothing', 'one row a partition'),
  kept('coupon.epoch', 'nothing', 'one row'),
  kept('coupon.lost', 'lost ranges', 'rare, and answers to old requests'),
  kept('coupon.request_logs', 'recreated topics', 'rare, and answers to old requests'),
];
