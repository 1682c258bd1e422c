/** The shipping process. */
import { runParticipant } from '#runtime/run.ts';
import { shippingParticipant } from './handlers.ts';
import { shippingStore } from './sql-store.ts';

await runParticipant(shippingParticipant, { databaseUrl: 'SHIPPING_DATABASE_URL', store: shippingStore });
