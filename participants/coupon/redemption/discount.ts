/** Computes the discount of a coupon on an order. Pure. */
import { chargeStep } from '#protocol/charge-limits.ts';
import type { Discount } from '../events.ts';

/** An order's price, in the currency's minor unit. */
export interface Price {
  readonly amount: number;
  readonly currency: string;
}

/**
 * The discount on a price, in its minor unit: it never exceeds the price, and percents are rounded down. Rounded to the
 * currency's step, so that the rest of a price that can be charged can be charged.
 * @returns null when the discount is in another currency
 */
export function discountOf(discount: Discount, { amount, currency }: Price): number | null {
  if (discount.kind === 'amount' && discount.currency !== currency) return null;
  const off = discount.kind === 'percent' ? Math.floor((amount * discount.value) / 100) : discount.value;
  return off >= amount ? amount : off - (off % chargeStep(currency));
}
