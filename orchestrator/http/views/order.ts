/** An order as its customer sees it. */
import * as z from 'zod';
import type { SagaRow } from '#engine/saga.ts';
import { type OrderContext, toCharge } from '#orchestrator/sagas/order/commands.ts';
import type { OrderInput } from '#orchestrator/sagas/order/input.ts';
import { count, currency, instant, link, minorUnits, uuid, type View } from '#platform/http/schemas.ts';
import { orderItem } from '#protocol/order-events.ts';
import { status } from './status.ts';

const links = z.object({ self: link, cancel: link });

/** What an order that was accepted is answered with. */
export const orderAccepted = z
  .object({ orderId: uuid, status: z.literal('running'), links })
  .meta({ id: 'OrderAccepted', description: 'An order that is durable, and will end.' });

/** What `orderView` gives. */
export const orderAnswer = z
  .object({
    orderId: uuid,
    customerId: z.string(),
    status,
    state: z.string().describe('Where its saga stands.'),
    reason: z
      .string()
      .exactOptional()
      .describe('Why it went back: the answer that turned it, or `cancelled`.'),
    reasonCode: z.string().exactOptional().describe('The refusal’s own code.'),
    reasonText: z.string().exactOptional().describe('The refusal’s own text.'),
    createdAt: instant,
    endedAt: instant.exactOptional(),
    amount: minorUnits,
    currency,
    items: z.array(orderItem),
    couponId: z.string().exactOptional(),
    discount: count.exactOptional().describe('What the coupon takes off, in the minor unit.'),
    charged: count.exactOptional().describe('What was paid, in the minor unit.'),
    links,
  })
  .meta({ id: 'Order', description: 'What was ordered, how it stands, and, when it went back, why.' });

/** The links of an order. */
export function orderLinks(id: string): View<typeof links> {
  return { self: `/v1/orders/${id}`, cancel: `/v1/orders/${id}/cancel` };
}

/** The view. */
export function orderView(row: SagaRow): View<typeof orderAnswer> {
  const order = row.input as OrderInput;
  const context = row.context as Partial<OrderContext>;
  const { failure, discount, chargeId } = context;
  // What was taken off and paid is said while it stands: on the way back it no longer does.
  const stands = row.status === 'running' || row.status === 'completed';
  return {
    orderId: row.id,
    customerId: row.customerId,
    status: row.status,
    state: row.state,
    ...(failure !== undefined && {
      reason: failure.reason,
      ...(failure.code && { reasonCode: failure.code }),
      ...(failure.text && { reasonText: failure.text }),
    }),
    createdAt: row.createdAt,
    ...(row.endedAt !== null && { endedAt: row.endedAt }),
    amount: order.amount,
    currency: order.currency,
    items: order.items,
    ...(order.couponId !== undefined && { couponId: order.couponId }),
    ...(stands && discount !== undefined && { discount }),
    ...(stands && chargeId !== undefined && { charged: toCharge(order, context) }),
    links: orderLinks(row.id),
  };
}
