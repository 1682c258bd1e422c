/** For inventory's tests: its commands as records, and the books as they are. */
import { commandRecord } from '../harness/testing/commands.ts';
import type { InRecord } from '../wire/envelope.ts';
import { commandId } from '../wire/ids.ts';
import type { Database } from '../wire/postgres.ts';
import { inventory } from './contract.ts';
import type { Level } from './levels.ts';

export function reserve(saga: string, items: Record<string, number>, nth = 1): InRecord {
  const lines = Object.entries(items).map(([sku, quantity]) => ({ sku, quantity }));
  return commandRecord(inventory, saga, 'inventory.reserve', { items: lines }, { nth });
}

export function confirm(saga: string): InRecord {
  return commandRecord(inventory, saga, 'inventory.confirm', {});
}

/** Both steps' ids, as the ladder names them. */
export const stepsOf = (saga: string): string[] => [
  commandId(saga, 'inventory.reserve', 1),
  commandId(saga, 'inventory.confirm', 1),
];

export function release(saga: string, nth = 1): InRecord {
  return commandRecord(inventory, saga, 'inventory.release', { undoes: stepsOf(saga) }, { nth });
}

/** A sku's level. */
export async function levelOf(db: Database, sku: string): Promise<Level | undefined> {
  const [level] = await db.query<Level>(
    'SELECT available::float8, reserved::float8, sold::float8 FROM inventory.stock WHERE sku = $1',
    sku,
  );
  return level;
}

/** The skus whose level is not the sum of their movements, or is below nothing: none, if the books are right. */
export function imbalances(db: Database): Promise<unknown[]> {
  return db.query(`SELECT sku, s.available, s.reserved, s.sold, m.available AS moved_available, m.reserved AS moved_reserved, m.sold AS moved_sold
       FROM inventory.stock s
       FULL JOIN (SELECT sku, sum(available) AS available, sum(reserved) AS reserved, sum(sold) AS sold
                    FROM inventory.movements GROUP BY sku) m USING (sku)
      WHERE (COALESCE(s.available, -1), COALESCE(s.reserved, -1), COALESCE(s.sold, -1))
            IS DISTINCT FROM (COALESCE(m.available, 0), COALESCE(m.reserved, 0), COALESCE(m.sold, 0))
         OR s.available < 0 OR s.reserved < 0 OR s.sold < 0`);
}
