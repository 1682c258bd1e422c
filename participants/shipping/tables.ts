/** Shipping's tables. */
import { month, type Table } from '#platform/postgres/tables.ts';

export const SHIPPING_TABLES: readonly Table[] = [
  month('shipping.inbox', '1', { orderId: 'saga_id' }),
  month('shipping.shipments', '1', { orderId: 'saga_id', fillfactor: 90 }),
];
