/**
 * Coupons for some of a load's orders, issued by real requests before the load begins: one to each order's customer.
 */

import { StackProblem } from '#scripts/run/stack/problem.ts';
import { customerOf } from '../bench/orders/bodies.ts';
import { type Api, checkAll, newCampaign, sendBurst } from './coupons/send-burst.ts';

/** Every so manyth order has a coupon. Coprime to a hundred: all kinds of orders come by one. */
const COUPON_EVERY = 29;
/** Off an order's amount, which is always more. */
const DISCOUNT = { kind: 'amount', value: 500, currency: 'EUR' };

/** The coupon of the nth order, if it has one. */
export type CouponPool = (order: number) => string | undefined;

/**
 * Requests coupons for the orders of a load, and waits for them.
 * @param orders the number of orders in the load
 * @throws StackProblem when a customer gets none
 */
export async function fillCouponPool(api: Api, orders: number): Promise<CouponPool> {
  const customers = new Map<string, number>();
  for (let order = 0; order < orders; order += COUPON_EVERY) {
    // A campaign has one coupon for each: a customer's later orders go without.
    const customer = customerOf(order);
    if (!customers.has(customer)) customers.set(customer, order);
  }
  const campaign = await newCampaign(api, { name: 'chaos', total: customers.size, discount: DISCOUNT });
  const plan = [...customers.keys()].map((userId) => ({ userId, key: 'once' }));
  const { ids } = await sendBurst(api, campaign, plan, () => undefined);
  const answers = await checkAll(api, ids);
  const coupons = new Map<number, string>();
  for (const [place, order] of [...customers.values()].entries()) {
    const couponId = answers[place]?.couponId;
    if (couponId === undefined) throw new StackProblem('A coupon for the load was not issued.');
    coupons.set(order, couponId);
  }
  return (order) => coupons.get(order);
}
