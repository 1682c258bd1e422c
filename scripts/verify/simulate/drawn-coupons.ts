/** The coupons of a run, and which of them an order names: its customer's own, one that another order names, a foreign one. */
import type { RedeemableCoupon } from '#participants/coupon/redemption/store.ts';
import type { Random } from '../random.ts';
import { BEGIN_MS } from './world.ts';

const DISCOUNTS: ReadonlyArray<RedeemableCoupon['discount']> = [
  { kind: 'amount', value: 500, currency: 'EUR' },
  { kind: 'percent', value: 15 },
  { kind: 'percent', value: 100 },
  { kind: 'amount', value: 500, currency: 'USD' },
];

/** Few, so that orders meet at them. */
export function drawCoupons(random: Random): RedeemableCoupon[] {
  return Array.from({ length: 1 + random.below(3) }, (_, i) => ({
    id: random.uuid(),
    campaignId: random.uuid(),
    userId: `customer-${i + 1}`,
    // Past from the start, or while orders are on their way.
    validUntil: random.chance(0.2) ? new Date(BEGIN_MS + random.below(5_000)) : null,
    discount: random.pick(DISCOUNTS),
    redemption: null,
  }));
}

/** The customer of the nth order, and its coupon if it has one. */
export function customerOf(
  nth: number,
  coupons: readonly RedeemableCoupon[],
  random: Random,
): { customerId: string; couponId?: string } {
  const customerId = `customer-${nth}`;
  if (random.chance(0.5)) return { customerId };
  if (random.chance(0.05)) return { customerId, couponId: 'no-such-coupon' };
  const { id: couponId, userId } = random.pick(coupons);
  return { customerId: random.chance(0.8) ? userId : customerId, couponId };
}
