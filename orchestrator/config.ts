/** The orchestrator's configuration: parsed once, frozen, passed down. */
import * as z from 'zod';
import type { TimeLimits } from '#engine/definition/time-limits.ts';
import { proxyConfig } from '#platform/http/client-address.ts';
import { originList } from '#platform/http/origins.ts';
import { tlsConfig } from '#platform/http/tls.ts';
import { identityConfig } from '#platform/identity/identity.ts';
import { processConfig } from '#platform/process/config.ts';

const count = (value: number) => z.coerce.number().int().min(1).default(value);

/** Time limits in place of the definitions' own; engines and APIs need the same values. */
const sagaConfig = processConfig.extend({
  STEP_TIMEOUT_MS: z.coerce.number().int().min(100).optional(),
  SCHEDULE_TO_CLOSE_MS: count(4 * 3_600_000),
});

/** The engine's environment. */
export const engineConfig = sagaConfig.extend({
  ENGINE_ID: z.string().default('engine'),
});

/** The API's environment. */
export const apiConfig = sagaConfig.extend({
  ...identityConfig.shape,
  ...tlsConfig.shape,
  ...proxyConfig.shape,
  /** Rates of one customer or operator, of all of them behind one address, and of one backend: beyond, requests get 429. */
  ORDER_USER_PER_SECOND: count(100),
  ORDER_USER_BURST: count(500),
  ORDER_ADDRESS_PER_SECOND: count(1_000),
  ORDER_ADDRESS_BURST: count(5_000),
  ORDER_SERVICE_PER_SECOND: count(20_000),
  ORDER_SERVICE_BURST: count(20_000),
  /** Origins whose pages may call the customers' paths, such as `https://shop.example`, separated by commas. */
  ORDER_ORIGINS: originList,
  /** The longest an order waits for others to share its commit, at full load. */
  INTAKE_GROUP_MS: z.coerce.number().min(0).max(100).default(8),
  INTAKE_GROUP_MAX: z.coerce.number().int().min(1).max(1000).default(200),
  INTAKE_QUEUE_MAX: z.coerce.number().int().min(1).default(5_000),
  /** The API rejects new orders while an accepted one has waited longer than this for an engine. */
  INTAKE_OLDEST_MS: count(30_000),
});

/** The time limits of every saga in a process. */
export function timeLimits(config: z.infer<typeof sagaConfig>): TimeLimits {
  return { stepTimeoutMs: config.STEP_TIMEOUT_MS, scheduleToCloseMs: config.SCHEDULE_TO_CLOSE_MS };
}
