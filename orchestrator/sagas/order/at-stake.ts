/** What stands of an order while one of its undos is not done. */
import type { AtStake } from '#engine/definition/definition.ts';
import { type OrderContext, toCharge } from './commands.ts';
import type { OrderInput } from './input.ts';

/** @param undo the type of the undo that failed */
export function atStake(undo: string, order: OrderInput, context: OrderContext): AtStake {
  switch (undo) {
    case 'payment.refund':
      return { money: { amount: toCharge(order, context), currency: order.currency } };
    case 'inventory.release':
      return { stock: order.items.map(({ sku, quantity }) => ({ sku, quantity })) };
    case 'coupon.restore':
      return order.couponId === undefined ? {} : { coupon: order.couponId };
    case 'shipping.cancel':
      return context.shipmentId === undefined ? {} : { shipment: context.shipmentId };
    default:
      return {};
  }
}
