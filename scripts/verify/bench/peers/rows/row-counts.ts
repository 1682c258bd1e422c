/** Counts the rows of a run's orders, in ours and in a peer's database alike, and says where they do not agree. */
import type { Client } from 'pg';

/** The rows of the orders with an id from a first one on. */
export interface RowCounts {
  readonly orders: number;
  /** Reservations that are confirmed. */
  readonly confirmed: number;
  readonly reservations: number;
  /** Two for each item of a reservation. */
  readonly movementsDue: number;
  readonly movements: number;
  readonly intents: number;
  readonly shipments: number;
  readonly mails: number;
  /** Skus whose level is not the sum of their movements, or has a reservation left. */
  readonly wrongLevels: number;
}

const COUNT = `
  SELECT (SELECT count(*) FROM orchestrator.orders WHERE id >= $1) AS orders,
         (SELECT count(*) FROM inventory.reservations WHERE saga_id >= $1 AND state = 'confirmed') AS confirmed,
         (SELECT count(*) FROM inventory.reservations WHERE saga_id >= $1) AS reservations,
         (SELECT 2 * sum(json_array_length(items)) FROM inventory.reservations WHERE saga_id >= $1) AS "movementsDue",
         (SELECT count(*) FROM inventory.movements WHERE saga_id >= $1) AS movements,
         (SELECT count(*) FROM payment.intents WHERE saga_id >= $1 AND outcome = 'charged') AS intents,
         (SELECT count(*) FROM shipping.shipments WHERE saga_id >= $1 AND state = 'prepared') AS shipments,
         (SELECT count(*) FROM notification.mails WHERE order_id >= $1 AND state = 'sent') AS mails,
         (SELECT count(*) FROM inventory.stock s
            JOIN (SELECT sku, sum(available) AS available, sum(reserved) AS reserved, sum(sold) AS sold
                    FROM inventory.movements GROUP BY sku) m ON m.sku = s.sku
           WHERE (s.available, s.reserved, s.sold) IS DISTINCT FROM (m.available, m.reserved, m.sold)
              OR s.reserved <> 0) AS "wrongLevels"`;

/** Counts them. @param first the smallest id */
export async function countRows(client: Client, first: string): Promise<RowCounts> {
  const { rows } = await client.query<Record<keyof RowCounts, string | null>>(COUNT, [first]);
  const counts = Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count ?? 0)]);
  return Object.fromEntries(counts) as RowCounts;
}

/** Where the rows do not agree with the orders that the generator saw complete, as text; empty when they do. */
export function disagreements(counts: RowCounts, completed: number): string[] {
  const { movements, movementsDue, wrongLevels, ...each } = counts;
  const wrong = Object.entries(each).filter(([, count]) => count !== completed);
  return [
    ...wrong.map(([name, count]) => `${count} ${name} of ${completed} completed orders`),
    ...(movements === movementsDue ? [] : [`${movements} movements instead of ${movementsDue}`]),
    ...(wrongLevels === 0 ? [] : [`${wrongLevels} levels of stock do not add up`]),
  ];
}
