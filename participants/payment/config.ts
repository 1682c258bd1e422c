/** Payment's environment, beside that of every process. */
import * as z from 'zod';
import { readConfig } from '#platform/process/config.ts';
import { refuseInProduction } from '#platform/process/production.ts';

/** Payment's environment, beside that of every process. */
export const paymentConfig = z.object({
  GATEWAY: z
    .enum(['simulator', 'none', 'stripe'])
    .default('simulator')
    .describe('simulator and stripe speak the same API; none approves in process.'),
  GATEWAY_URL: z
    .union([z.literal(''), z.url()])
    .optional()
    .describe("The gateway's address, without a path; Stripe's own by default where GATEWAY is stripe."),
  GATEWAY_KEY: z.string().min(1).optional().describe("The gateway's API key. Never logged."),
  GATEWAY_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(120_000)
    .default(20_000)
    .describe("Silence after which a call's outcome counts as unknown."),
  GATEWAY_CALLS: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_000)
    .default(512)
    .describe('The most concurrent calls to the gateway.'),
  GATEWAY_RATE_PER_SECOND: z.coerce
    .number()
    .min(0)
    .max(10_000)
    .optional()
    .describe("Calls a second that the gateway's account takes, of all processes; 0: no known limit."),
  GATEWAY_RECONCILE_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(300_000)
    .describe("How often the gateway's lists are compared with the ledger."),
  GATEWAY_WEBHOOK_PORT: z
    .union([z.literal(''), z.coerce.number().int().min(0).max(65_535)])
    .optional()
    .describe("The port for the gateway's webhooks; no webhooks without it."),
  GATEWAY_WEBHOOK_SECRET_FILE: z
    .string()
    .optional()
    .describe("A file with the webhooks' signing secret; during a rotation one secret a line."),
  GATEWAY_WEBHOOK_TLS_CERT_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('The certificate (PEM) of GATEWAY_WEBHOOK_PORT, with its chain; HTTP without it.'),
  GATEWAY_WEBHOOK_TLS_KEY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('The key of GATEWAY_WEBHOOK_TLS_CERT_FILE (PEM).'),
});

type Settings = z.infer<typeof paymentConfig>;

/** Where and how webhooks are received. */
export interface WebhookConfig {
  readonly port: number;
  readonly secretFile: string;
  readonly tls: Pick<Settings, 'GATEWAY_WEBHOOK_TLS_CERT_FILE' | 'GATEWAY_WEBHOOK_TLS_KEY_FILE'>;
}

const STRIPE_URL = 'https://api.stripe.com';
/** Stripe's default of 25 a second for each endpoint; a charge calls two. */
const STRIPE_RATE = 50;

export type GatewayConfig =
  | { readonly name: 'none' }
  | {
      readonly name: 'simulator' | 'stripe';
      readonly url: string;
      readonly key: string;
      readonly timeoutMs: number;
      readonly calls: number;
      /** Infinity without a known limit. */
      readonly callsPerSecond: number;
      readonly reconcileMs: number;
      readonly webhook: WebhookConfig | null;
    };

/** @throws Error naming the variable that is missing or malformed, or that production refuses */
export function readGatewayConfig(environment: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const config = readConfig(paymentConfig, environment);
  // The default too.
  refuseInProduction({ ...environment, GATEWAY: config.GATEWAY });
  if (config.GATEWAY === 'none') return { name: 'none' };
  const url = config.GATEWAY_URL || (config.GATEWAY === 'stripe' ? STRIPE_URL : undefined);
  if (url === undefined)
    throw new Error(`configuration: GATEWAY_URL is missing (GATEWAY is ${config.GATEWAY})`);
  if (config.GATEWAY_KEY === undefined)
    throw new Error(`configuration: GATEWAY_KEY is missing (GATEWAY is ${config.GATEWAY})`);
  return {
    name: config.GATEWAY,
    url,
    key: config.GATEWAY_KEY,
    timeoutMs: config.GATEWAY_TIMEOUT_MS,
    calls: config.GATEWAY_CALLS,
    callsPerSecond:
      (config.GATEWAY_RATE_PER_SECOND ?? (config.GATEWAY === 'stripe' ? STRIPE_RATE : 0)) ||
      Number.POSITIVE_INFINITY,
    reconcileMs: config.GATEWAY_RECONCILE_MS,
    webhook: webhookOf(config),
  };
}

function webhookOf(config: Settings): WebhookConfig | null {
  const { GATEWAY_WEBHOOK_PORT: port, GATEWAY_WEBHOOK_SECRET_FILE: secretFile } = config;
  if (port === undefined || port === '') return null;
  if (!secretFile)
    throw new Error('configuration: GATEWAY_WEBHOOK_SECRET_FILE is missing (GATEWAY_WEBHOOK_PORT is set)');
  const { GATEWAY_WEBHOOK_TLS_CERT_FILE, GATEWAY_WEBHOOK_TLS_KEY_FILE } = config;
  const tls = { GATEWAY_WEBHOOK_TLS_CERT_FILE, GATEWAY_WEBHOOK_TLS_KEY_FILE };
  return { port, secretFile, tls };
}
