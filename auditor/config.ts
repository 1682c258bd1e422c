/** The auditor's configuration: parsed once, frozen, passed down. */
import * as z from 'zod';
import { tlsConfig } from '#platform/http/tls.ts';
import { identityConfig } from '#platform/identity/identity.ts';
import { processConfig } from '#platform/process/config.ts';

export const auditorConfig = processConfig.omit({ KAFKA_BROKERS: true, KAFKA_PREFIX: true }).extend({
  /** A server that will do though it takes no writes: a standby, so that the primary has no load of the checks. */
  AUDITOR_DATABASE_URL: z.string().min(1).optional(),
  ...identityConfig.shape,
  ...tlsConfig.shape,
  /** The share of all processors that the auditor's statements and the process itself may use. */
  AUDITOR_SHARE: z.coerce.number().gt(0).max(1).default(0.01),
});
