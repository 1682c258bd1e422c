/** The auditor's configuration: parsed once, frozen, passed down. */
import * as z from 'zod';
import { tlsConfig } from '#platform/http/tls.ts';
import { identityConfig } from '#platform/identity/identity.ts';
import { processConfigWithoutKafka } from '#platform/process/config.ts';

export const auditorConfig = processConfigWithoutKafka.extend({
  AUDITOR_DATABASE_URL: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A server that will do though it takes no writes: a standby, so that the primary has no load of the checks.',
    ),
  ...identityConfig.shape,
  ...tlsConfig.shape,
  AUDITOR_SHARE: z.coerce
    .number()
    .gt(0)
    .max(1)
    .default(0.01)
    .describe("The share of all processors that the auditor's statements and the process itself may use."),
});
