/** The coupon API's configuration, from the environment. */
import * as z from 'zod';
import { refusing } from '#platform/connections/checks.ts';
import { redisSettings, requireRedis } from '#platform/connections/redis-settings.ts';
import { proxyConfig } from '#platform/http/client-address.ts';
import { originList } from '#platform/http/origins.ts';
import { tlsConfig } from '#platform/http/tls.ts';
import { identityConfig } from '#platform/identity/identity.ts';
import { processConfig, readConfig } from '#platform/process/config.ts';

const count = (value: number) => z.coerce.number().int().min(1).default(value);

/** The API's bounds, each with a default. */
export const couponApiLimits = z.object({
  COUPON_ORIGINS: originList.describe(
    'Origins whose pages may call the API and open a WebSocket, such as `https://shop.example`, separated by commas.',
  ),
  ...proxyConfig.shape,
  COUPON_PROXY_HOPS: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      'The number of our proxies in front, which append to X-Forwarded-For, where TRUSTED_PROXIES cannot list them.',
    ),
  COUPON_GROUP_MS: z.coerce
    .number()
    .min(0)
    .max(100)
    .default(5)
    .describe('The linger of a group of requests at full load, ms.'),
  COUPON_GROUP_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(500)
    .describe('The most requests in one group.'),
  COUPON_QUEUE_MAX: count(10_000).describe('Requests waiting for a group: beyond it new ones get 503.'),
  COUPON_UNACKNOWLEDGED_MAX: count(20_000).describe(
    'Requests unacknowledged by the brokers: beyond it new ones get 503.',
  ),
  COUPON_USER_PER_SECOND: count(5).describe('Requests a second of one customer.'),
  COUPON_USER_BURST: count(20).describe('Requests of one customer at once.'),
  COUPON_ADDRESS_PER_SECOND: count(200).describe('Requests a second of all customers behind one address.'),
  COUPON_ADDRESS_BURST: count(1_000).describe('Requests of all customers behind one address at once.'),
  COUPON_SERVICE_PER_SECOND: count(20_000).describe('Requests a second of one backend.'),
  COUPON_SERVICE_BURST: count(20_000).describe('Requests of one backend at once.'),
  COUPON_SOCKETS_MAX: count(25_000).describe('WebSockets of the process.'),
  COUPON_SOCKETS_PER_CUSTOMER: count(5).describe('WebSockets of one customer.'),
  COUPON_SOCKETS_PER_SERVICE: count(5_000).describe('WebSockets of one backend.'),
});
export type CouponApiLimits = Readonly<z.infer<typeof couponApiLimits>>;

/** The coupon API's environment. */
export const couponApiConfig = processConfig.extend({
  ...couponApiLimits.shape,
  COUPON_DATABASE_URL: z
    .string()
    .min(1)
    .optional()
    .describe('The database of these processes alone, instead of DATABASE_URL.'),
  ...redisSettings,
  ...identityConfig.shape,
  ...tlsConfig.shape,
  COUPON_ADDRESS_KEYS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The secrets that seal coupon addresses, one a line: the first seals, all open. Without it, AUTH_SECRET_FILE's.",
    ),
});

/**
 * The file with the secrets that seal coupon addresses. A local stack has one secret for everything.
 * @throws Error when neither is configured
 */
export function addressKeysFile(
  given: Pick<z.infer<typeof couponApiConfig>, 'COUPON_ADDRESS_KEYS_FILE' | 'AUTH_SECRET_FILE'>,
): string {
  const file = given.COUPON_ADDRESS_KEYS_FILE ?? given.AUTH_SECRET_FILE;
  if (file !== undefined) return file;
  throw new Error('configuration: COUPON_ADDRESS_KEYS_FILE is missing: coupon addresses are sealed with it');
}

/**
 * Reads the configuration, frozen.
 * @throws Error naming what is missing or malformed
 */
export function config() {
  const read = readConfig(couponApiConfig.superRefine(refusing(requireRedis)));
  if (read.COUPON_PROXY_HOPS > 0 && read.TRUSTED_PROXIES.length > 0) {
    throw new Error('configuration: set TRUSTED_PROXIES or COUPON_PROXY_HOPS, not both');
  }
  return read;
}
