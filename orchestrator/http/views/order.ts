/** An order as its customer sees it. */
import type { SagaRow } from '../../engine/saga.ts';
import { type OrderContext, type OrderInput, toCharge } from '../../sagas/order/commands.ts';

/** The links of an order. */
export function orderLinks(id: string): { self: string; cancel: string } {
  return { self: `/v1/orders/${id}`, cancel: `/v1/orders/${id}/cancel` };
}

/** The view: what was ordered, how it stands, and, when it went back, why. */
export function orderView(row: SagaRow) {
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
