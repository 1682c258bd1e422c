/** For notification's tests: the ends of orders as records. */

import type { Envelope, InRecord } from '#protocol/envelope.ts';
import { eventId } from '#protocol/ids.ts';
import { recordOf } from '#runtime/testing/commands.ts';

/** The end of an order as its record. */
export function endRecord(
  orderId: string,
  type: 'order.completed' | 'order.failed' | 'order.created',
  changes: object = {},
  envelopeChanges: Partial<Envelope> = {},
): InRecord {
  const items = [
    { sku: 'coffee-beans', quantity: 2 },
    { sku: 'espresso-cup', quantity: 1 },
  ];
  const order = { customerId: 'ann', items, currency: 'EUR', amount: 2490 };
  const rest = type === 'order.completed' ? { charged: 2490 } : { reason: 'inventory.refused' };
  const envelope: Envelope = {
    specversion: '1.0',
    id: eventId(orderId, type),
    type,
    source: '/orchestrator',
    time: '2026-11-22T10:00:00.000Z',
    subject: orderId,
    datacontenttype: 'application/json',
    data: { ...order, ...rest, ...changes },
    ...envelopeChanges,
  };
  return recordOf(type.replace('.', '-'), orderId, JSON.stringify(envelope));
}
