/** Inventory's unit of work under test, on PostgreSQL or in memory, with its stock. */

import type { Database } from '#platform/postgres/database.ts';
import { sqlUnitOfWork } from '#runtime/sql-unit-of-work.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { memoryUnitOfWork } from '#runtime/testing/memory-unit-of-work.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { setLevels } from '../set-levels.ts';
import { inventoryStore } from '../sql-store.ts';
import type { InventoryStore, Level } from '../store.ts';
import { memoryInventoryStore } from './memory-store.ts';

export interface InventoryBench {
  readonly unitOfWork: UnitOfWork<InventoryStore>;
  /** The same tables on another process's connections. */
  readonly others: UnitOfWork<InventoryStore>;
  level(sku: string): Promise<Level | undefined>;
  /** The skus whose level is negative or differs from the sum of their movements; none if all is well. */
  imbalances(): Promise<unknown[]>;
  close(): Promise<void>;
}

export const inventoryUnitOfWork = (db: Database): UnitOfWork<InventoryStore> =>
  sqlUnitOfWork(db, 'inventory', inventoryStore);

export async function postgresInventoryBench(): Promise<InventoryBench & { readonly test: TestDatabase }> {
  const test = await openTestDatabase('inventory.inbox');
  return {
    test,
    unitOfWork: inventoryUnitOfWork(test.db),
    others: inventoryUnitOfWork(test.other),
    level: (sku) => levelOf(test.db, sku),
    imbalances: () => imbalances(test.db),
    close: () => test.close(),
  };
}

export async function memoryInventoryBench(): Promise<InventoryBench> {
  const unitOfWork = memoryUnitOfWork(memoryInventoryStore());
  const { stock, movements } = unitOfWork.tables;
  const moved = (sku: string, place: keyof Level) =>
    [...movements.rows.values()].reduce((sum, one) => sum + (one.sku === sku ? one[place] : 0), 0);
  return {
    unitOfWork,
    others: unitOfWork,
    level: async (sku) => stock.get(sku),
    async imbalances() {
      const places = ['available', 'reserved', 'sold'] as const;
      return [...stock.rows].filter(([sku, level]) =>
        places.some((place) => level[place] < 0 || level[place] !== moved(sku, place)),
      );
    },
    close: async () => {},
  };
}

/** Sets the stock of skus. */
export function setStock({ unitOfWork }: InventoryBench, levels: Record<string, number>): Promise<void> {
  const wanted = Object.entries(levels).map(([sku, quantity]) => ({ sku, quantity }));
  return unitOfWork.transaction(({ store }) => setLevels(store, wanted, new Date()));
}

/** A sku's level. */
export async function levelOf(db: Database, sku: string): Promise<Level | undefined> {
  const [level] = await db.query<Level>(
    'SELECT available::float8, reserved::float8, sold::float8 FROM inventory.stock WHERE sku = $1',
    sku,
  );
  return level;
}

/** The skus whose level is negative or differs from the sum of their movements; none if all is well. */
export function imbalances(db: Database): Promise<unknown[]> {
  return db.query(`SELECT sku, s.available, s.reserved, s.sold, m.available AS moved_available, m.reserved AS moved_reserved, m.sold AS moved_sold
       FROM inventory.stock s
       FULL JOIN (SELECT sku, sum(available) AS available, sum(reserved) AS reserved, sum(sold) AS sold
                    FROM inventory.movements GROUP BY sku) m USING (sku)
      WHERE (COALESCE(s.available, -1), COALESCE(s.reserved, -1), COALESCE(s.sold, -1))
            IS DISTINCT FROM (COALESCE(m.available, 0), COALESCE(m.reserved, 0), COALESCE(m.sold, 0))
         OR s.available < 0 OR s.reserved < 0 OR s.sold < 0`);
}
