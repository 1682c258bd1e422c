/** What an owner says of each of its tables: what it grows with, how it is divided, what ends its rows, whose order a row is of. */
import type { PartitionedTable } from './month-partitions.ts';

/**
 * Data with a time of its own to be kept. `orders`: all that belongs to an order, in every owner's tables, for the ledger's
 * rules join them. `movements`: the changes of stock. `coupons`, `dead-letters`: rows deleted one by one.
 */
export const KINDS = ['orders', 'movements', 'coupons', 'dead-letters'] as const;
export type Kind = (typeof KINDS)[number];

export interface Table {
  readonly name: string;
  /** Rows an order leaves, or what else it grows with. */
  readonly growth: string;
  readonly kind: Kind | 'kept';
  /** A month's partition is dropped; rows are deleted in batches; or nothing is. */
  readonly by: 'month' | 'batches' | 'never';
  /** Why it has no partitions, or is kept. */
  readonly why?: string;
  /** The column with the order's id, where the ledger's rules of orders read the table. */
  readonly orderId?: string;
  readonly partitioned?: PartitionedTable;
}

interface Month extends Omit<PartitionedTable, 'name'> {
  readonly kind?: Kind;
  readonly orderId?: string;
}

/** A table with a partition a month, which is dropped whole. */
export const month = (
  name: string,
  growth: string,
  { kind = 'orders', orderId, ...partitions }: Month = {},
): Table => ({
  ...{ name, growth, kind, by: 'month', partitioned: { name, ...partitions } },
  ...(orderId !== undefined && { orderId }),
});

/** A table whose rows are deleted in batches. */
export const batches = (name: string, growth: string, kind: Kind, why: string, orderId?: string): Table => ({
  ...{ name, growth, kind, by: 'batches', why },
  ...(orderId !== undefined && { orderId }),
});

/** A table of which nothing is deleted. */
export const kept = (name: string, growth: string, why: string): Table => ({
  ...{ name, growth, kind: 'kept', by: 'never', why },
});

/** Those that have a partition a month. */
export const partitionedIn = (tables: readonly Table[]): PartitionedTable[] =>
  tables.flatMap(({ partitioned }) => partitioned ?? []);
