/** Reads a record of the event topics as the end of an order, or rejects it. */
import { checkData, decodeRecord } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { eventId, isUuid } from '#protocol/ids.ts';
import { ORDER_EVENTS, type OrderCompleted, type OrderFailed } from '#protocol/order-events.ts';

/** The end of an order: the subject of one mail. */
export type OrderEnd = {
  /** The event's id, `<orderId>/order.completed`; an id gets one mail. */
  readonly id: string;
  readonly orderId: string;
  readonly at: Date;
  readonly traceparent: string | undefined;
} & (
  | { readonly type: 'order.completed'; readonly order: OrderCompleted }
  | { readonly type: 'order.failed'; readonly order: OrderFailed }
);

/** The topics whose events end an order. */
export const END_TOPICS = [
  ORDER_EVENTS['order.completed'].topic,
  ORDER_EVENTS['order.failed'].topic,
] as const;

/**
 * Reads one record as the end of an order.
 * @throws TerminalError naming the fault
 */
export function receiveEnd(record: InRecord): OrderEnd {
  const envelope = decodeRecord(record);
  const { id, type, subject: orderId, traceparent } = envelope;
  if (!isUuid(orderId) || record.key !== orderId) {
    throw new TerminalError('wrong-key', 'the key and the subject must both be the order id');
  }
  if (id !== eventId(orderId, type))
    throw new TerminalError('invalid-data', `${id} is no id of a ${type} of this order`);
  const common = { id, orderId, at: new Date(envelope.time), traceparent };
  if (type === 'order.completed') {
    return { ...common, type, order: checkData(ORDER_EVENTS[type].data, envelope) };
  }
  if (type === 'order.failed') {
    return { ...common, type, order: checkData(ORDER_EVENTS[type].data, envelope) };
  }
  throw new TerminalError('unknown-type', `${type} ends no order`);
}
