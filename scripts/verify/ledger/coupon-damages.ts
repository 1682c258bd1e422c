/** For the ledger's tests: damages to the tables of coupons. */
import type { Damage } from './damage.ts';

/** The free coupon, held by an order. */
const heldBy = (order: string) =>
  `UPDATE coupon.coupons SET redeemed_by = '${order}', redeemed_command = '${order}/coupon.redeem', redeemed_at = now() WHERE id = '$free'`;

/** One more coupon of the campaign of the one that is used. */
const anotherCoupon = (user: string) =>
  `INSERT INTO coupon.coupons (id, campaign_id, user_id, request_id, request_partition, request_offset, accepted_at, issued_at)
   SELECT gen_random_uuid(), campaign_id, '${user}', 'x', 0, 0, now(), now() FROM coupon.coupons WHERE id = '$used'`;

export const COUPON_DAMAGES: readonly Damage[] = [
  {
    invariant: 'coupons',
    reports: /2 issued, and 1 coupons/,
    sql: [
      `UPDATE coupon.campaigns SET issued = 2, total = 2 WHERE id = (SELECT campaign_id FROM coupon.coupons WHERE id = '$used')`,
    ],
  },
  {
    invariant: 'coupons',
    reports: /2 issued of 1/,
    sql: [
      'ALTER TABLE coupon.campaigns DROP CONSTRAINT campaigns_check1',
      `UPDATE coupon.campaigns SET issued = 2 WHERE id = (SELECT campaign_id FROM coupon.coupons WHERE id = '$used')`,
      anotherCoupon('another'),
    ],
  },
  {
    invariant: 'coupons',
    reports: /2 coupons for 1 users/,
    sql: [
      'ALTER TABLE coupon.coupons DROP CONSTRAINT coupons_campaign_id_user_id_key',
      `UPDATE coupon.campaigns SET issued = 2, total = 2 WHERE id = (SELECT campaign_id FROM coupon.coupons WHERE id = '$used')`,
      anotherCoupon('customer-1'),
    ],
  },
  {
    invariant: 'coupons',
    reports: /coupons of no campaign/,
    sql: [
      `DELETE FROM coupon.campaigns WHERE id = (SELECT campaign_id FROM coupon.coupons WHERE id = '$used')`,
    ],
  },
  {
    invariant: 'redemptions',
    reports: /completed with the coupon .*, and does not hold it/,
    sql: [
      `UPDATE coupon.coupons SET redeemed_by = NULL, redeemed_command = NULL, redeemed_at = NULL WHERE id = '$used'`,
    ],
  },
  {
    invariant: 'redemptions',
    reports: /failed, and still holds the coupon/,
    sql: [heldBy('$returned')],
  },
  {
    invariant: 'redemptions',
    reports: /completed without a coupon, and holds/,
    sql: [heldBy('$good')],
  },
  {
    invariant: 'redemptions',
    reports: /is used by no order/,
    sql: [heldBy('01a20547-2d26-7dac-978b-74eff75c306a')],
  },
  {
    invariant: 'redemptions',
    reports: /holds 2 coupons/,
    sql: ['DROP INDEX coupon.coupons_redeemed_by_key', heldBy('$couponed')],
  },
  {
    invariant: 'redemptions',
    reports: /named the coupon .*, and holds/,
    sql: [`UPDATE coupon.coupons SET id = gen_random_uuid() WHERE id = '$used'`],
  },
  {
    invariant: 'redemptions',
    reports: /holds a coupon of somebody, and is of customer-1/,
    sql: [`UPDATE coupon.coupons SET user_id = 'somebody' WHERE id = '$used'`],
  },
  {
    invariant: 'redemptions',
    reports: /takes off 1, and its coupon gave 500/,
    sql: [
      `UPDATE orchestrator.sagas SET context = jsonb_set(context::jsonb, '{discount}', '1')::json WHERE id = '$couponed'`,
    ],
  },
  {
    invariant: 'redemptions',
    reports: /takes off 500 of 100, and 0 is to be paid/,
    sql: [`UPDATE orchestrator.orders SET amount = 100 WHERE id = '$couponed'`],
  },
  {
    invariant: 'coupon uses',
    reports: /redeemed 1 times, holds 0 coupons, undone 0 times/,
    sql: [
      `UPDATE coupon.coupons SET redeemed_by = NULL, redeemed_command = NULL, redeemed_at = NULL WHERE id = '$used'`,
    ],
  },
  {
    invariant: 'coupon uses',
    reports: /redeemed 1 times, holds 1 coupons, undone 1 times/,
    sql: [heldBy('$returned')],
  },
  {
    invariant: 'coupon uses',
    reports: /redeemed 0 times, holds 1 coupons, undone 0 times/,
    sql: [heldBy('$good')],
  },
];
