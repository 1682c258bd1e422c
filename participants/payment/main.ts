/** The payment process: charges and refunds through its gateway. */
import { randomUUID } from 'node:crypto';
import { type Beside, runParticipant } from '#runtime/run.ts';
import { readGatewayConfig } from './config.ts';
import { guarded } from './gateways/guarded.ts';
import { openStripeGateway } from './gateways/stripe-gateway.ts';
import { paymentParticipant } from './handlers.ts';
import { PAYMENT_TABLES } from './intent.ts';
import { paymentStore } from './sql-store.ts';
import { createWorker } from './worker.ts';
import { type Loop, startLoop } from './worker-loop.ts';

const config = readGatewayConfig();
let loop: Loop | undefined;

const participant = paymentParticipant({ gateway: config.name, onIntents: (count) => loop?.added(count) });

await runParticipant(participant, {
  store: paymentStore,
  tables: PAYMENT_TABLES,
  ...(config.name !== 'none' && {
    beside: async ({ unitOfWork, publisher, log, now }): Promise<Beside> => {
      const stripe = openStripeGateway(config);
      const gateway = guarded(stripe, { timeoutMs: config.timeoutMs, log });
      const random = Math.random;
      const parts = { unitOfWork, publisher, log, now, gatewayName: config.name };
      const worker = createWorker({ ...parts, gateway, random, newLease: randomUUID });
      const running = startLoop({ ...parts, worker, calls: config.calls });
      loop = running;
      return {
        paused: running.paused,
        onWoken: running.woken,
        onDecided: running.wake,
        async close() {
          await running.close();
          stripe.close();
        },
      };
    },
  }),
});
