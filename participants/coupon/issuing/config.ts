/** The coupon issuer's configuration. */
import * as z from 'zod';
import { refusing } from '#platform/connections/checks.ts';
import { redisSettings, requireRedis } from '#platform/connections/redis-settings.ts';
import { processConfig } from '#platform/process/config.ts';

export const issuerConfig = processConfig
  .extend({
    COUPON_DATABASE_URL: z
      .string()
      .min(1)
      .optional()
      .describe('The database of these processes alone, instead of DATABASE_URL.'),
    ...redisSettings,
  })
  .superRefine(refusing(requireRedis));
