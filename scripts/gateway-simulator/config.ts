/** The gateway simulator's configuration. */
import * as z from 'zod';

export const simulatorConfig = z.object({
  HTTP_HOST: z.string().default('127.0.0.1').describe('The address on which it listens.'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).describe('The port on which it listens.'),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('The least level logged.'),
  GATEWAY_LEDGER: z.string().min(1).describe('The file in which it keeps its ledger.'),
  GATEWAY_KEY: z.string().min(1).describe('The API key it expects as a bearer.'),
  GATEWAY_WEBHOOK_URL: z
    .union([z.literal(''), z.url()])
    .optional()
    .describe('Where its webhooks go; none without it.'),
  GATEWAY_WEBHOOK_SECRET_FILE: z
    .string()
    .optional()
    .describe('A file with the secret that signs its webhooks.'),
  GATEWAY_ALLOW_RESET: z
    .enum(['0', '1'])
    .default('0')
    .describe('1: `POST /_sim/reset` may empty the ledger.'),
  GATEWAY_RATE_LIMIT: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('Requests a second beyond which it answers 429, as Stripe does; no limit without it.'),
});
