/** An order as its customer sees it. */
import type { SagaRow } from '../../engine/saga.ts';
import type { OrderContext, OrderInput } from '../../sagas/order/commands.ts';

/** The links of an order. */
export function orderLinks(id: string): { self: string; cancel: string } {
  return { self: `/v1/orders/${id}`, cancel: `/v1/orders/${id}/cancel` };
}

/** The view: what was ordered, how it stands, and, when it went back, why. */
export function orderView(row: SagaRow) {
  const order = row.input as OrderInput;
  const { failure } = row.context as Partial<OrderContext>;
  return {
    orderId: row.id,
    customerId: row.customerId,
    status: row.status,
    state: row.state,
    ...(failure !== undefined && {
      reason: failure.reason,
      ...(failure.text && { reasonText: failure.text }),
    }),
    createdAt: row.createdAt,
    ...(row.endedAt !== null && { endedAt: row.endedAt }),
    amount: order.amount,
    currency: order.currency,
    items: order.items,
    ...(order.couponId !== undefined && { couponId: order.couponId }),
    links: orderLinks(row.id),
  };
}
