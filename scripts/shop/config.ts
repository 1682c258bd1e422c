/** The demo shop's configuration. */
import * as z from 'zod';

export const shopConfig = z.object({
  HTTP_PORT: z.coerce.number().int().min(1).max(65_535).describe('The port of its page.'),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('The least level logged.'),
  AUTH_SECRET_FILE: z.string().min(1).describe('The file of the secret with which tokens are signed.'),
  ORDER_API_URL: z.url().describe('Where browsers reach the order API.'),
  COUPON_API_URL: z.url().describe('Where browsers reach the coupon API.'),
});
