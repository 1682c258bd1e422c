/** The shipping process. */
import { runParticipant } from '#runtime/run.ts';
import { shippingParticipant } from './handlers.ts';
import { shippingStore } from './sql-store.ts';

await runParticipant(shippingParticipant, { store: shippingStore });
