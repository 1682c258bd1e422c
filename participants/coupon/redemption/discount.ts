/** Computes the discount of a coupon on an order. Pure. */
import type { Discount } from '../events.ts';

/** An order's price, in the currency's minor unit. */
export interface Price {
  readonly amount: number;
  readonly currency: string;
}

/**
 * The discount on a price, in its minor unit: percents are rounded down, and it never exceeds the price.
 * @returns null when the discount is in another currency
 */
export function discountOf(discount: Discount, { amount, currency }: Price): number | null {
  if (discount.kind === 'percent') return Math.min(amount, Math.floor((amount * discount.value) / 100));
  return discount.currency === currency ? Math.min(amount, discount.value) : null;
}
