/** Inventory's tables. */
import { kept, month, type Table } from '#platform/postgres/tables.ts';

export const INVENTORY_TABLES: readonly Table[] = [
  month('inventory.inbox', '2', { orderId: 'saga_id' }),
  month('inventory.reservations', '1', { orderId: 'saga_id', fillfactor: 70 }),
  // By its time: a person's movement belongs to no order.
  month('inventory.movements', '2', { kind: 'movements', by: 'time' }),
  kept('inventory.stock', 'skus', 'the stock'),
  kept('inventory.corrections', 'corrections of stock', 'few, and each names who made it'),
  kept('inventory.carried', 'skus', 'the sums of dropped months'),
  kept('inventory.carried_until', 'nothing', 'two rows'),
];
