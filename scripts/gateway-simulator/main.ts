/** The gateway simulator's process: Stripe's API, as far as payment uses it, with ledger file of its own. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { readConfig } from '#platform/process/config.ts';
import { runProcess } from '#platform/process/process.ts';
import { refuseInProduction } from '#platform/process/production.ts';
import { startSimulator } from './server.ts';
import { webhookSettings } from './webhooks.ts';

const config = readConfig(
  z.object({
    HTTP_HOST: z.string().default('127.0.0.1'),
    HTTP_PORT: z.coerce.number().int().min(0).max(65_535),
    LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
    /** The file its ledgerFile are kept in. */
    GATEWAY_LEDGER: z.string().min(1),
    /** The API key it expects as a bearer. */
    GATEWAY_KEY: z.string().min(1),
    /** Where its webhooks go, and the file with their secret; none without. */
    GATEWAY_WEBHOOK_URL: z.union([z.literal(''), z.url()]).optional(),
    GATEWAY_WEBHOOK_SECRET_FILE: z.string().optional(),
    /** 1: `POST /_sim/reset` may empty the ledgerFile. */
    GATEWAY_ALLOW_RESET: z.enum(['0', '1']).default('0'),
    /** Requests a second beyond which it answers 429, as Stripe does; no limit without it. */
    GATEWAY_RATE_LIMIT: z.coerce.number().int().min(1).max(100_000).optional(),
  }),
);

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
