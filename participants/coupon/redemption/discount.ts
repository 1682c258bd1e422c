/** What a coupon takes off an order. Pure. */
import type { Discount } from '../events.ts';

/** What an order costs, in the currency's minor unit. */
export interface Price {
  readonly amount: number;
  readonly currency: string;
}

/**
 * What a discount takes off a price, in its minor unit: percents are rounded down, and nothing costs less than nothing.
 * @returns null when the discount is in another currency
 */
export function discountOf(discount: Discount, { amount, currency }: Price): number | null {
  if (discount.kind === 'percent') return Math.min(amount, Math.floor((amount * discount.value) / 100));
  return discount.currency === currency ? Math.min(amount, discount.value) : null;
}
