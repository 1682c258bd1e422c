/** The inventory process. */
import { runParticipant } from '#runtime/run.ts';
import { inventoryParticipant } from './handlers.ts';
import { inventoryStore } from './sql-store.ts';
import { INVENTORY_TABLES } from './tables.ts';

await runParticipant(inventoryParticipant, {
  store: inventoryStore,
  tables: INVENTORY_TABLES,
});
