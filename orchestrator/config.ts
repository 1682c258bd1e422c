/** The orchestrator's configuration: parsed once, frozen, passed down. */
import * as z from 'zod';
import type { TimeLimits } from '#engine/definition/time-limits.ts';
import { proxyConfig } from '#platform/http/client-address.ts';
import { originList } from '#platform/http/origins.ts';
import { tlsConfig } from '#platform/http/tls.ts';
import { identityConfig } from '#platform/identity/identity.ts';
import { processConfig } from '#platform/process/config.ts';

const count = (value: number) => z.coerce.number().int().min(1).default(value);
const ms = count;

/** Time limits in place of the definitions' own; engines and APIs need the same values. */
const sagaConfig = processConfig.extend({
  STEP_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .optional()
    .describe("The time limit of every step, ms, instead of the definitions' own."),
  SCHEDULE_TO_CLOSE_MS: ms(4 * 3_600_000).describe(
    'The limit of a command from its issue on, ms: after it the saga gives the command up.',
  ),
});

/** The engine's environment. */
export const engineConfig = sagaConfig.extend({
  ENGINE_ID: z.string().default('engine').describe("The engine's name, in its log and in what it reports."),
});

/** The API's environment. */
export const apiConfig = sagaConfig.extend({
  ...identityConfig.shape,
  ...tlsConfig.shape,
  ...proxyConfig.shape,
  ORDER_USER_PER_SECOND: count(100).describe('Requests a second of one customer or operator; beyond it 429.'),
  ORDER_USER_BURST: count(500).describe('Requests of one customer or operator at once.'),
  ORDER_ADDRESS_PER_SECOND: count(1_000).describe(
    'Requests a second of all customers and operators behind one address.',
  ),
  ORDER_ADDRESS_BURST: count(5_000).describe(
    'Requests of all customers and operators behind one address at once.',
  ),
  ORDER_SERVICE_PER_SECOND: count(20_000).describe('Requests a second of one backend.'),
  ORDER_SERVICE_BURST: count(20_000).describe('Requests of one backend at once.'),
  ORDER_ORIGINS: originList.describe(
    "Origins whose pages may call the customers' paths, such as `https://shop.example`, separated by commas.",
  ),
  INTAKE_GROUP_MS: z.coerce
    .number()
    .min(0)
    .max(100)
    .default(8)
    .describe('The longest an order waits for others to share its commit, at full load, ms.'),
  INTAKE_GROUP_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(200)
    .describe('The most orders in one commit.'),
  INTAKE_QUEUE_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .default(5_000)
    .describe('The most orders that wait for a commit: beyond it new ones get 503.'),
  INTAKE_OLDEST_MS: ms(30_000).describe(
    'The API rejects new orders while an accepted one has waited longer than this for an engine, ms.',
  ),
});

/** The time limits of every saga in a process. */
export function timeLimits(config: z.infer<typeof sagaConfig>): TimeLimits {
  return { stepTimeoutMs: config.STEP_TIMEOUT_MS, scheduleToCloseMs: config.SCHEDULE_TO_CLOSE_MS };
}
