/** Inventory's tables that have a partition a month. */
import type { PartitionedTable } from '#platform/postgres/month-partitions.ts';

export const INVENTORY_TABLES: readonly PartitionedTable[] = [
  { name: 'inventory.inbox' },
  { name: 'inventory.reservations', fillfactor: 70 },
  // By its time: a person's movement belongs to no order.
  { name: 'inventory.movements', by: 'time' },
];
