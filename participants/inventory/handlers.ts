/** Inventory's commands over a whole batch: lock the reservations, lock the stock, decide in memory, write. */
import { defineBatchParticipant } from '#runtime/participant.ts';
import { inventory } from './contract.ts';
import { decideAll } from './decide.ts';
import type { InventoryStore } from './store.ts';

// All types together, not one after the other: locks taken type by type would let two batches wait in a circle.
export const inventoryParticipant = defineBatchParticipant(inventory)<InventoryStore>(
  async (commands, { store, now }) => {
    const known = commands.filter(({ type }) => type === 'inventory.confirm' || type === 'inventory.release');
    const reservations = await store.lockReservations(known.map(({ sagaId }) => sagaId));
    const items = [
      ...commands.flatMap((command) => (command.type === 'inventory.reserve' ? command.data.items : [])),
      ...[...reservations.values()].flat().flatMap((reservation) => reservation.items),
    ];
    const levels = await store.lockLevels(items.map(({ sku }) => sku));
    const { replies, changes } = decideAll(commands, { levels, reservations });
    await store.writeChanges(changes, now);
    return replies;
  },
);
