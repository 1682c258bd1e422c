/** The payment process: charges and refunds through its gateway. */
import { runParticipant } from '../harness/run.ts';
import { readGatewayConfig } from './config.ts';
import { paymentParticipant } from './handlers.ts';
import { PAYMENT_TABLES } from './intent.ts';

const gateway = readGatewayConfig();

await runParticipant(paymentParticipant({ gateway: gateway.name }), {
  databaseUrl: 'PAYMENT_DATABASE_URL',
  tables: PAYMENT_TABLES,
});
