/** Shipping's tables that have a partition a month. */
import type { PartitionedTable } from '#platform/postgres/month-partitions.ts';

export const SHIPPING_TABLES: readonly PartitionedTable[] = [
  { name: 'shipping.inbox' },
  { name: 'shipping.shipments', fillfactor: 90 },
];
