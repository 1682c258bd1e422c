/** The public events of an order: created, completed, failed. */
import * as z from 'zod';

export const orderItem = z.object({
  sku: z.string().min(1).max(64),
  quantity: z.number().int().min(1).max(10_000),
});
export type OrderItem = z.infer<typeof orderItem>;

const orderSummary = z.object({
  customerId: z.string(),
  items: z.array(orderItem),
  currency: z.string(),
  /** In the currency's minor unit. */
  amount: z.number().int(),
});

export const orderCreated = orderSummary;
export type OrderCreated = z.infer<typeof orderCreated>;

export const orderCompleted = orderSummary.extend({
  /** The amount charged, after any discount, in the minor unit. */
  charged: z.number().int(),
  shipmentId: z.string().optional(),
});
export type OrderCompleted = z.infer<typeof orderCompleted>;

export const orderFailed = orderSummary.extend({
  /** The type of the deciding reply (`coupon.refused`); `code` and `text` are the refusal's own, where it has them. */
  reason: z.string(),
  code: z.string().optional(),
  text: z.string().optional(),
});
export type OrderFailed = z.infer<typeof orderFailed>;

/** Each event's type, topic and schema. */
export const ORDER_EVENTS = {
  'order.created': { topic: 'order-created', data: orderCreated },
  'order.completed': { topic: 'order-completed', data: orderCompleted },
  'order.failed': { topic: 'order-failed', data: orderFailed },
} as const;
