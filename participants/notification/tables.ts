/** Notification's tables that have a partition a month. */
import type { PartitionedTable } from '#platform/postgres/month-partitions.ts';

export const NOTIFICATION_TABLES: readonly PartitionedTable[] = [{ name: 'notification.mails' }];
