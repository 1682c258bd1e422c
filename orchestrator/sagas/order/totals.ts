/** What messages of an order move: money, stock, coupons, parcels, mails. */
import type { PlannedData, Total } from '#engine/definition/definition.ts';
import type { OrderItem } from '#protocol/order-events.ts';
import { type OrderContext, toCharge } from './commands.ts';
import type { OrderInput } from './input.ts';

/**
 * The most that messages move. An undo takes back what its participant finds done, so it may be less; a repeated command
 * moves nothing where the first one was executed.
 * @param messages commands and events of one order, with their data
 * @returns one line a thing and effect, money in the currency's minor unit, without lines of nothing
 */
export function totals(
  messages: readonly PlannedData[],
  order: OrderInput,
  context: OrderContext,
): readonly Total[] {
  const sums = new Map<string, Total>();
  for (const message of messages)
    for (const one of movedBy(message, order, context)) {
      const key = [one.kind, one.effect, one.of].join('\n');
      const quantity = one.quantity + (sums.get(key)?.quantity ?? 0);
      if (quantity > 0) sums.set(key, { ...one, quantity });
    }
  return [...sums.values()];
}

/** What one message moves; a revoke moves nothing. */
function movedBy({ type, data }: PlannedData, order: OrderInput, context: OrderContext): Total[] {
  const charge = data as { amount?: number; currency?: string } | undefined;
  switch (type) {
    case 'payment.charge':
      return [
        money('charged', charge?.currency ?? order.currency, charge?.amount ?? toCharge(order, context)),
      ];
    case 'payment.refund':
      return [money('refunded', order.currency, toCharge(order, context))];
    case 'inventory.reserve':
      return stock('reserved', order.items);
    case 'inventory.confirm':
      return stock('sold', order.items);
    case 'inventory.release':
      return stock('released', order.items);
    case 'coupon.redeem':
      return [coupon('redeemed', order)];
    case 'coupon.restore':
      return [coupon('restored', order)];
    case 'shipping.prepare':
      return [{ kind: 'parcels', effect: 'prepared', of: order.shippingAddress.country, quantity: 1 }];
    case 'shipping.cancel':
      return [{ kind: 'parcels', effect: 'cancelled', of: order.shippingAddress.country, quantity: 1 }];
    // Notification sends a mail an event.
    case 'order.completed':
    case 'order.failed':
      return [{ kind: 'mails', effect: 'sent', of: type, quantity: 1 }];
    default:
      return [];
  }
}

function money(effect: string, currency: string, quantity: number): Total {
  return { kind: 'money', effect, of: currency, quantity };
}

function stock(effect: string, items: readonly OrderItem[]): Total[] {
  return items.map(({ sku, quantity }) => ({ kind: 'stock', effect, of: sku, quantity }));
}

function coupon(effect: string, { couponId = '' }: OrderInput): Total {
  return { kind: 'coupons', effect, of: couponId, quantity: 1 };
}
