/** The configuration of the orchestrator's processes: parsed once, frozen, passed down. The API's is in `http/config.ts`. */
import * as z from 'zod';
import type { TimeLimits } from '#engine/definition/time-limits.ts';
import { processConfig } from '#platform/process/config.ts';

/** Time limits in place of the definitions' own; engines and APIs need the same values. */
export const sagaConfig = processConfig.extend({
  STEP_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .optional()
    .describe("The time limit of every step, ms, instead of the definitions' own."),
  SCHEDULE_TO_CLOSE_MS: z.coerce
    .number()
    .int()
    .min(1)
    .default(4 * 3_600_000)
    .describe('The limit of a command from its issue on, ms: after it the saga gives the command up.'),
});

/** The engine's environment. */
export const engineConfig = sagaConfig.extend({
  ENGINE_ID: z.string().default('engine').describe("The engine's name, in its log and in what it reports."),
  REPLY_KEYS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A file with the keys that sign messages on saga-replies, a participant and its key a line; no signature is required without it.',
    ),
});

/** The time limits of every saga in a process. */
export function timeLimits(config: z.infer<typeof sagaConfig>): TimeLimits {
  return { stepTimeoutMs: config.STEP_TIMEOUT_MS, scheduleToCloseMs: config.SCHEDULE_TO_CLOSE_MS };
}
