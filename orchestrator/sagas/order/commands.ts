/** What the order saga asks of each participant, and what it tells the world: built from the order and what was learned. */

import type { CommandSpec, EventSpec } from '#engine/definition/definition.ts';
import { coupon } from '#participants/coupon/contract.ts';
import { inventory } from '#participants/inventory/contract.ts';
import { payment } from '#participants/payment/contract.ts';
import { type Address, shipping } from '#participants/shipping/contract.ts';
import { ORDER_EVENTS, type OrderItem } from '#protocol/order-events.ts';

/** The order as the saga sees it; no transition changes it. */
export interface OrderInput {
  readonly customerId: string;
  readonly items: readonly OrderItem[];
  readonly currency: string;
  /** In the minor unit. */
  readonly amount: number;
  readonly payment: { readonly method: string };
  readonly shippingAddress: Address;
  readonly couponId?: string;
}

/** What the saga learned on its way. */
export interface OrderContext {
  readonly hasCoupon: boolean;
  /** What the coupon takes off, in the minor unit. */
  readonly discount?: number;
  readonly chargeId?: string;
  readonly shipmentId?: string;
  /** Why it went back. */
  readonly failure?: { readonly reason: string; readonly code?: string; readonly text?: string };
}

/** What is charged: the amount less the discount, never below nothing. */
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
} satisfies Record<string, CommandSpec>;

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
} satisfies Record<string, EventSpec>;
