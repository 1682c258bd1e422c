/** The shipping process. */
import { runParticipant } from '#runtime/run.ts';
import { shippingParticipant } from './handlers.ts';
import { shippingStore } from './sql-store.ts';
import { SHIPPING_TABLES } from './tables.ts';

await runParticipant(shippingParticipant, { store: shippingStore, tables: SHIPPING_TABLES });
