/** The commands and events of the order saga, built from its input and its context. */
import type { CommandSpec, EventSpec } from '#engine/definition/definition.ts';
import { coupon } from '#participants/coupon/contract.ts';
import { inventory } from '#participants/inventory/contract.ts';
import { payment } from '#participants/payment/contract.ts';
import { shipping } from '#participants/shipping/contract.ts';
import { ORDER_EVENTS } from '#protocol/order-events.ts';
import type { OrderInput } from './input.ts';

/** What the saga takes from the replies. */
export type OrderContext = {
  readonly hasCoupon: boolean;
  /** The coupon's discount, in the minor unit. */
  readonly discount?: number;
  readonly chargeId?: string;
  readonly shipmentId?: string;
  /** Why it compensates. */
  readonly failure?: { readonly reason: string; readonly code?: string; readonly text?: string };
};

/** The amount to charge: the order's less the discount, at least 0. */
export function toCharge(order: Pick<OrderInput, 'amount'>, context: Pick<OrderContext, 'discount'>): number {
  return Math.max(0, order.amount - (context.discount ?? 0));
}

export const commands = {
  'inventory.reserve': {
    contract: inventory,
    expires: true,
    data: (order: OrderInput) => ({ items: order.items }),
  },
  'coupon.redeem': {
    contract: coupon,
    expires: true,
    data: (order: OrderInput) => ({
      couponId: order.couponId,
      customerId: order.customerId,
      amount: order.amount,
      currency: order.currency,
    }),
  },
  'payment.charge': {
    contract: payment,
    expires: true,
    data: (order: OrderInput, context: OrderContext) => ({
      customerId: order.customerId,
      amount: toCharge(order, context),
      currency: order.currency,
      method: order.payment.method,
      ...(order.payment.customer !== undefined && { gatewayCustomer: order.payment.customer }),
    }),
  },
  'inventory.confirm': { contract: inventory, data: () => ({}) },
  'shipping.prepare': {
    contract: shipping,
    data: (order: OrderInput) => ({ address: order.shippingAddress, items: order.items }),
  },
  'shipping.cancel': { contract: shipping },
  'payment.refund': { contract: payment },
  'coupon.restore': { contract: coupon },
  'inventory.release': { contract: inventory },
} satisfies Record<string, CommandSpec<OrderInput, OrderContext>>;

function summary({ customerId, items, currency, amount }: OrderInput) {
  return { customerId, items, currency, amount };
}

export const events = {
  'order.created': {
    topic: ORDER_EVENTS['order.created'].topic,
    schema: ORDER_EVENTS['order.created'].data,
    data: (order: OrderInput) => summary(order),
  },
  'order.completed': {
    topic: ORDER_EVENTS['order.completed'].topic,
    schema: ORDER_EVENTS['order.completed'].data,
    data: (order: OrderInput, context: OrderContext) => ({
      ...summary(order),
      charged: toCharge(order, context),
      shipmentId: context.shipmentId,
    }),
  },
  'order.failed': {
    topic: ORDER_EVENTS['order.failed'].topic,
    schema: ORDER_EVENTS['order.failed'].data,
    data: (order: OrderInput, context: OrderContext) => ({ ...summary(order), ...context.failure }),
  },
} satisfies Record<string, EventSpec<OrderInput, OrderContext>>;
