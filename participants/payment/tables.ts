/** Payment's tables. The free space lets intents be updated in place. */
import { kept, month, type Table } from '#platform/postgres/tables.ts';

export const PAYMENT_TABLES: readonly Table[] = [
  month('payment.inbox', '1', { orderId: 'saga_id' }),
  month('payment.intents', '1', { orderId: 'saga_id', fillfactor: 70 }),
  month('payment.undos', 'refunds'),
  month('payment.incidents', 'incidents', { orderId: 'saga_id' }),
  month('payment.reversals', 'refunds and disputes', { orderId: 'saga_id' }),
  kept('payment.checkpoints', 'nothing', 'one row a list'),
  kept('payment.gateway_paces', 'nothing', 'one row a gateway'),
];
