/** The customer's view of an order. */
import * as z from 'zod';
import type { SagaRow } from '#engine/saga.ts';
import { type OrderContext, toCharge } from '#orchestrator/sagas/order/commands.ts';
import { ordered } from '#orchestrator/sagas/order/input.ts';
import { count, instant, link, uuid, type View } from '#platform/http/schemas.ts';
import { status } from './status.ts';

const links = z.object({ self: link, cancel: link });

export const orderAccepted = z
  .object({ orderId: uuid, status: z.literal('running'), links })
  .meta({ id: 'OrderAccepted', description: 'A stored order.' });

export const orderAnswer = z
  .object({
    orderId: uuid,
    ...ordered.shape,
    status,
    state: z.string().describe('The state of its saga.'),
    reason: z
      .string()
      .exactOptional()
      .describe('The reason of its failure: the type of the refusing reply, or `cancelled`.'),
    reasonCode: z.string().exactOptional().describe('The code of the refusal.'),
    reasonText: z.string().exactOptional().describe('The text of the refusal.'),
    createdAt: instant,
    endedAt: instant.exactOptional(),
    discount: count.exactOptional().describe('The coupon’s discount, in the minor unit.'),
    charged: count.exactOptional().describe('The paid amount, in the minor unit.'),
    links,
  })
  .meta({ id: 'Order', description: 'An order, its status, and the reason if it failed.' });

export function orderLinks(id: string): View<typeof links> {
  return { self: `/v1/orders/${id}`, cancel: `/v1/orders/${id}/cancel` };
}

export function orderView(row: SagaRow): View<typeof orderAnswer> {
  const order = ordered.parse(row.input);
  const context = row.context as Partial<OrderContext>;
  const { failure, discount, chargeId } = context;
  // Compensation takes back both discount and charge.
  const isForward = row.status === 'running' || row.status === 'completed';
  return {
    orderId: row.id,
    ...order,
    status: row.status,
    state: row.state,
    ...(failure !== undefined && {
      reason: failure.reason,
      ...(failure.code && { reasonCode: failure.code }),
      ...(failure.text && { reasonText: failure.text }),
    }),
    createdAt: row.createdAt,
    ...(row.endedAt !== null && { endedAt: row.endedAt }),
    ...(isForward && discount !== undefined && { discount }),
    ...(isForward && chargeId !== undefined && { charged: toCharge(order, context) }),
    links: orderLinks(row.id),
  };
}
