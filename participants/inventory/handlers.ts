/** Inventory's commands over a whole batch: lock the reservations, lock the stock, decide in memory, write. */
import { defineBatchParticipant } from '../harness/participant.ts';
import { inventory } from './contract.ts';
import { decideAll } from './decide.ts';
import { lockLevels, lockReservations, writeChanges } from './levels.ts';

// All types together, not one after the other: locks taken type by type would let two batches wait in a circle.
export const inventoryParticipant = defineBatchParticipant(inventory)(async (commands, { sql, now }) => {
  const known = commands.filter(({ type }) => type === 'inventory.confirm' || type === 'inventory.release');
  const reservations = await lockReservations(
    sql,
    known.map(({ sagaId }) => sagaId),
  );
  const items = [
    ...commands.flatMap((command) => (command.type === 'inventory.reserve' ? command.data.items : [])),
    ...[...reservations.values()].flat().flatMap((reservation) => reservation.items),
  ];
  const levels = await lockLevels(
    sql,
    items.map(({ sku }) => sku),
  );
  const { replies, changes } = decideAll(commands, { levels, reservations });
  await writeChanges(sql, changes, now);
  return replies;
});
