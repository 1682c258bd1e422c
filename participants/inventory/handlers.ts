/** Inventory's handler: locks the reservations and the stock of a whole batch, decides in memory, writes. */
import { defineBatchParticipant } from '#runtime/participant.ts';
import { inventory } from './contract.ts';
import { decideAll } from './decide.ts';
import type { InventoryStore } from './store.ts';

// All types together: if each type locked its own rows in turn, two batches could deadlock.
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
