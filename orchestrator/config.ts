/** The orchestrator's configuration: parsed once, frozen, passed down. */
import * as z from 'zod';
import { processConfig } from '#platform/process/config.ts';
import { DEFAULT_DELAYS, type OrderDelays } from './sagas/order/machine.ts';

const ms = (value: number) => z.coerce.number().int().min(1).default(value);

/** Step time-outs and the second limit; engine and API must agree on them. */
const sagaConfig = processConfig.extend({
  STEP_TIMEOUT_MS: z.coerce.number().int().min(100).optional(),
  SCHEDULE_TO_CLOSE_MS: ms(4 * 3_600_000),
});

/** The engine's environment. */
export const engineConfig = sagaConfig.extend({
  ENGINE_ID: z.string().default('engine'),
});

/** The API's environment. */
export const apiConfig = sagaConfig.extend({
  AUTH_SECRET_FILE: z.string().min(1),
  /** How long an order may wait for others to share its commit, at full load. */
  INTAKE_GROUP_MS: z.coerce.number().min(0).max(100).default(8),
  INTAKE_GROUP_MAX: z.coerce.number().int().min(1).max(1000).default(200),
  INTAKE_QUEUE_MAX: z.coerce.number().int().min(1).default(5_000),
  /** An order waiting longer than this for an engine turns new ones away. */
  INTAKE_OLDEST_MS: ms(30_000),
});

/** The time-outs of the order saga: the defaults, or one value for every step. */
export function orderDelays(stepTimeoutMs: number | undefined): OrderDelays {
  if (stepTimeoutMs === undefined) return DEFAULT_DELAYS;
  const delays = { ...DEFAULT_DELAYS };
  for (const name of Object.keys(delays) as Array<keyof OrderDelays>) delays[name] = stepTimeoutMs;
  return delays;
}
