/** Orders for tests, and `given`: a begun order saga that waits for its first answer. */

import { register } from '#engine/definition/definition.ts';
import { newSaga } from '#engine/definition/start-message.ts';
import type { SagaRow } from '#engine/saga.ts';
import { action, deadline, notice, reply, start } from '#engine/testing/messages.ts';
import { SagaRun } from '#engine/testing/saga-run.ts';
import { partitionOf } from '#protocol/ids.ts';
import { orderSaga } from '../index.ts';
import type { OrderInput } from '../input.ts';

export { action, deadline, notice, reply };

export const ORDER_ID = '019a0000-0000-7000-8000-000000000001';
export const NOW_MS = Date.UTC(2026, 10, 1, 12);
export const definition = register(orderSaga());

export const order: OrderInput = {
  customerId: 'customer-1',
  items: [{ sku: 'SKU-1', quantity: 2 }],
  currency: 'EUR',
  amount: 5_000,
  payment: { method: 'pm_card_visa' },
  shippingAddress: { country: 'DE' },
};
export const couponOrder: OrderInput = { ...order, couponId: 'WELCOME' };

const SALT = '019a0000-0000-4000-8000-00000000005a';

/** The row of an order as the intake writes it. */
export function newRow(input: OrderInput = order, id = ORDER_ID): SagaRow {
  const born = newSaga(definition, { id, partition: partitionOf(id), input, createdAt: new Date(NOW_MS) });
  return { ...born, journalSalt: SALT };
}

/** A saga nobody has begun. */
export function unstarted(input: OrderInput = order, id = ORDER_ID): SagaRun {
  return new SagaRun(definition, newRow(input, id), NOW_MS);
}

/** A saga that has begun. */
export function given(input: OrderInput = order, id = ORDER_ID): SagaRun {
  return unstarted(input, id).after(start());
}

/** The successes of the forward steps, in order, with what participants really say. */
export const inventoryReserved = reply('inventory.reserved', { data: {} });
export const couponRedeemed = reply('coupon.redeemed', { data: { discount: 500 } });
export const paymentCharged = reply('payment.charged', {
  data: { chargeId: 'ch_1', amount: 5_000, currency: 'EUR' },
});
export const inventoryConfirmed = reply('inventory.confirmed', { data: {} });
export const shippingPrepared = reply('shipping.prepared', { data: { shipmentId: 'sh_1' } });

/** An undo's answer that found the same of every command it named. */
export const found = (type: string, finding: 'not-executed' | 'refused' | 'undone') =>
  ((registered, row) => {
    const plain = reply(type)(registered, row);
    const { [plain.envelope.commandid ?? '']: awaited } = row.pending.awaiting;
    const data = { found: Object.fromEntries((awaited?.undoes ?? []).map((id) => [id, finding])) };
    return { ...plain, envelope: { ...plain.envelope, data } };
  }) satisfies ReturnType<typeof reply>;
