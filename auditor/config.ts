/** The auditor's configuration: parsed once, frozen, passed down. */
import * as z from 'zod';
import { processConfigWithoutKafka } from '#platform/process/config.ts';

export const auditorConfig = processConfigWithoutKafka.extend({
  AUDITOR_DATABASE_URL: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A server that will do though it takes no writes: a standby, so that the primary has no load of the checks.',
    ),
  AUTH_SECRET_FILE: z.string().min(1).describe('The file of the secret with which tokens are signed.'),
  AUDITOR_SHARE: z.coerce
    .number()
    .gt(0)
    .max(1)
    .default(0.01)
    .describe("The share of all processors that the auditor's statements and the process itself may use."),
});
