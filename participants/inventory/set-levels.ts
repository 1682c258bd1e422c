/** Sets stock levels by hand: the difference to the available stock becomes a movement. */
import type { Sql } from '#platform/postgres/database.ts';
import type { InventoryStore, Level, Movement } from './store.ts';

/** The stock of a sku to make available; reserved and sold stock stays as it is. */
export interface WantedLevel {
  readonly sku: string;
  readonly quantity: number;
}

/** The highest level: sums stay far below the largest exact number. */
export const MAX_QUANTITY = 1_000_000_000;

/**
 * Sets the levels of skus, all or none, and creates unknown skus. Waits for the orders that lock their rows.
 * @param store in an open transaction
 */
export async function setLevels(
  store: InventoryStore,
  wanted: readonly WantedLevel[],
  now: Date,
): Promise<void> {
  const skus = wanted.map(({ sku }) => sku);
  await store.addSkus(skus);
  const levels = await store.lockLevels(skus);
  const movements = wanted.flatMap(({ sku, quantity }): Movement[] => {
    const difference = quantity - (levels.get(sku)?.available ?? 0);
    if (difference === 0) return [];
    return [{ sku, kind: 'set', available: difference, reserved: 0, sold: 0, sagaId: null, commandId: null }];
  });
  await store.writeChanges({ movements, made: [], moved: [] }, now);
}

/** A sku's level; null for an unknown sku. */
export async function readLevel(sql: Sql, sku: string): Promise<Level | null> {
  const [level] = await sql.query<Level>(
    'SELECT available::float8, reserved::float8, sold::float8 FROM inventory.stock WHERE sku = $1',
    sku,
  );
  return level ?? null;
}
