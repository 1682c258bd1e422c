/** Inventory's tables in memory, by the rules of those on PostgreSQL. */

import { MemoryDataFault, MemoryTable } from '#runtime/testing/memory-table.ts';
import type { MemoryStore } from '#runtime/testing/memory-unit-of-work.ts';
import type { InventoryStore, Level, Movement, Reservation } from '../store.ts';

export type InventoryTables = {
  /** By sku. */
  readonly stock: MemoryTable<Readonly<Level>>;
  /** By the reserve command's id. */
  readonly reservations: MemoryTable<Readonly<Reservation>>;
  /** By their number. */
  readonly movements: MemoryTable<Readonly<Movement>>;
};

/** An empty store. */
export function memoryInventoryStore(): MemoryStore<InventoryStore, InventoryTables> {
  const stock = new MemoryTable<Readonly<Level>>();
  const reservations = new MemoryTable<Readonly<Reservation>>();
  const movements = new MemoryTable<Readonly<Movement>>();

  function move(movement: Movement): void {
    movements.insert(String(movements.rows.size + 1), { ...movement });
    const level = stock.get(movement.sku);
    if (level === undefined) return;
    stock.put(movement.sku, {
      available: level.available + movement.available,
      reserved: level.reserved + movement.reserved,
      sold: level.sold + movement.sold,
    });
  }

  const store: InventoryStore = {
    async lockReservations(sagaIds) {
      const wanted = new Set(sagaIds);
      const found = [...reservations.rows.values()].filter(({ sagaId }) => wanted.has(sagaId));
      const copies = found.sort(byCommandId).map((reservation): Reservation => ({ ...reservation }));
      return Map.groupBy(copies, ({ sagaId }) => sagaId);
    },

    async lockLevels(skus) {
      const found = [...new Set(skus)].sort().flatMap((sku) => {
        const level = stock.get(sku);
        return level === undefined ? [] : [[sku, { ...level }] as const];
      });
      return new Map(found);
    },

    async writeChanges({ movements: changes, made, moved }) {
      // As the statement does: without a movement it changes nothing.
      if (changes.length === 0) return;
      for (const movement of changes) move(movement);
      // Checked after all movements: within a batch a level may pass below zero and come back.
      for (const { sku } of changes) {
        const level = stock.get(sku);
        if (level !== undefined && Math.min(level.available, level.reserved, level.sold) < 0)
          throw new MemoryDataFault(`${sku} would go below zero`);
      }
      for (const one of made) reservations.insert(one.commandId, { ...one, confirmedBy: null });
      for (const { commandId, state, confirmedBy } of moved) {
        const known = reservations.get(commandId);
        if (known !== undefined) reservations.put(commandId, { ...known, state, confirmedBy });
      }
    },

    async addSkus(skus) {
      for (const sku of skus)
        if (stock.get(sku) === undefined) stock.put(sku, { available: 0, reserved: 0, sold: 0 });
    },
  };
  return { store, tables: { stock, reservations, movements } };
}

/** A command's id begins with its saga's. */
function byCommandId(a: Reservation, b: Reservation): number {
  return a.commandId < b.commandId ? -1 : 1;
}
