/** Notification's tables. */
import { month, type Table } from '#platform/postgres/tables.ts';

export const NOTIFICATION_TABLES: readonly Table[] = [
  month('notification.mails', '1', { orderId: 'order_id' }),
];
