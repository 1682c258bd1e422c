/** The gateway simulator's process: Stripe's API, as far as payment uses it, with ledger file of its own. */
import { readFileSync } from 'node:fs';
import { readConfig } from '#platform/process/config.ts';
import { runProcess } from '#platform/process/process.ts';
import { refuseInProduction } from '#platform/process/production.ts';
import { simulatorConfig } from './config.ts';
import { startSimulator } from './server.ts';
import { webhookSettings } from './webhooks.ts';

const config = readConfig(simulatorConfig);

const { GATEWAY_WEBHOOK_URL: url, GATEWAY_WEBHOOK_SECRET_FILE: secretFile } = config;
const firstLine = (file: string) => readFileSync(file, 'utf8').split('\n')[0]?.trim();

await runProcess(
  'gateway',
  { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
  async () => {
    refuseInProduction({ ...process.env, GATEWAY: 'simulator' });
    const simulator = await startSimulator({
      host: config.HTTP_HOST,
      port: config.HTTP_PORT,
      ledgerPath: config.GATEWAY_LEDGER,
      key: config.GATEWAY_KEY,
      ratePerSecond: config.GATEWAY_RATE_LIMIT,
      allowReset: config.GATEWAY_ALLOW_RESET === '1',
      ...(url && secretFile && { webhooks: webhookSettings.parse({ url, secret: firstLine(secretFile) }) }),
      readiness: () => null,
    });
    return { readiness: () => null, servesHealth: true, close: [() => simulator.close()] };
  },
);
