/** For tests: inserts an issued coupon, the only one of its campaign. */
import type { Sql } from '#platform/postgres/database.ts';
import { newSaga } from '#runtime/testing/commands.ts';
import type { RedeemableCoupon } from '../store.ts';

/** The properties a test may choose. */
export type Issued = Partial<Omit<RedeemableCoupon, 'redemption'>>;

/** Five euros for ann, valid without end. */
export const PLAIN: Pick<RedeemableCoupon, 'userId' | 'validUntil' | 'discount'> = {
  userId: 'ann',
  validUntil: null,
  discount: { kind: 'amount', value: 500, currency: 'EUR' },
};

/** Inserts a campaign of one coupon, and the coupon. */
export async function insertCoupon(
  sql: Sql,
  issued: Issued,
): Promise<{ couponId: string; campaignId: string }> {
  const { userId, validUntil, discount } = { ...PLAIN, ...issued };
  const { id: couponId = newSaga(), campaignId = newSaga() } = issued;
  await sql.execute(
    `INSERT INTO coupon.campaigns
       (id, name, total, issued, discount_kind, discount_value, discount_currency, valid_until, created_at, created_by)
     VALUES ($1::uuid, 'a test', 1, 1, $2, $3, $4, $5, now(), 'a test')`,
    campaignId,
    discount.kind,
    discount.value,
    discount.kind === 'amount' ? discount.currency : null,
    validUntil,
  );
  await sql.execute(
    `INSERT INTO coupon.coupons
       (id, campaign_id, user_id, request_id, request_partition, request_offset, accepted_at, issued_at, valid_until)
     VALUES ($1::uuid, $2::uuid, $3, $1::uuid::text, 0, 0, now(), now(), $4)`,
    couponId,
    campaignId,
    userId,
    validUntil,
  );
  return { couponId, campaignId };
}
