/** The payment process: charges and refunds through its gateway. */
import { randomUUID } from 'node:crypto';
import { serversOf } from '#platform/http/tls.ts';
import { processConfig, readConfig } from '#platform/process/config.ts';
import { cpuShortage } from '#platform/process/cpu-shortage.ts';
import type { Logger } from '#platform/process/log.ts';
import { type Beside, runParticipant } from '#runtime/run.ts';
import { readGatewayConfig, type WebhookConfig } from './config.ts';
import { guarded } from './gateways/guarded.ts';
import { paced } from './gateways/paced.ts';
import { openStripeGateway } from './gateways/stripe-gateway.ts';
import { paymentParticipant } from './handlers.ts';
import { createInspector } from './inspect.ts';
import { openPace } from './pacing/pace.ts';
import { startReconciling } from './reconcile.ts';
import { paymentStore } from './sql-store.ts';
import { PAYMENT_TABLES } from './tables.ts';
import { openWebhook, secretsIn } from './webhook.ts';
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
      const pace = openPace({ unitOfWork, gatewayName: config.name, limit: config.callsPerSecond, log });
      const gateway = paced(guarded(stripe, { timeoutMs: config.timeoutMs, log }), pace);
      const random = Math.random;
      const parts = { unitOfWork, publisher, log, now, gatewayName: config.name, cpuShortage };
      const worker = createWorker({ ...parts, gateway, random, newLease: randomUUID });
      const running = startLoop({ ...parts, worker, calls: config.calls, pace });
      loop = running;
      const inspector = createInspector({ ...parts, gateway });
      const reconciling = startReconciling({ ...parts, gateway, inspector }, config.reconcileMs);
      const webhook =
        config.webhook && (await openWebhook({ ...webhookOn(config.webhook, log), inspector, log }));
      return {
        paused: running.paused,
        room: running.room,
        onWoken: running.woken,
        onDecided: running.wake,
        async close() {
          await webhook?.close();
          await reconciling.close();
          await running.close();
          stripe.close();
        },
      };
    },
  }),
});

function webhookOn({ port, secretFile, tls }: WebhookConfig, log: Logger) {
  const secrets = secretsIn(secretFile);
  secrets();
  const createServer = serversOf(tls, log, 'GATEWAY_WEBHOOK');
  return { host: readConfig(processConfig).HTTP_HOST, port, createServer, secrets };
}
