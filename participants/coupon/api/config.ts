/** The coupon API's configuration, from the environment. */
import * as z from 'zod';
import { proxyConfig } from '#platform/http/client-address.ts';
import { originList } from '#platform/http/origins.ts';
import { tlsConfig } from '#platform/http/tls.ts';
import { identityConfig } from '#platform/identity/identity.ts';
import { processConfig, readConfig } from '#platform/process/config.ts';

const count = (value: number) => z.coerce.number().int().min(1).default(value);

/** The API's bounds, each with a default. */
export const couponApiLimits = z.object({
  /** Origins whose pages may call the API and open a WebSocket, such as `https://shop.example`, separated by commas. */
  COUPON_ORIGINS: originList,
  ...proxyConfig.shape,
  /** The number of our proxies in front, where TRUSTED_PROXIES cannot list them. */
  COUPON_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  /** The linger of a group of requests at full load. */
  COUPON_GROUP_MS: z.coerce.number().min(0).max(100).default(5),
  COUPON_GROUP_MAX: z.coerce.number().int().min(1).max(1_000).default(500),
  /** Requests waiting for a group, and requests unacknowledged by the brokers: beyond either, new ones get 503. */
  COUPON_QUEUE_MAX: count(10_000),
  COUPON_UNACKNOWLEDGED_MAX: count(20_000),
  /** Request rates of one customer, of all customers behind one address, and of one backend. */
  COUPON_USER_PER_SECOND: count(5),
  COUPON_USER_BURST: count(20),
  COUPON_ADDRESS_PER_SECOND: count(200),
  COUPON_ADDRESS_BURST: count(1_000),
  COUPON_SERVICE_PER_SECOND: count(20_000),
  COUPON_SERVICE_BURST: count(20_000),
  COUPON_SOCKETS_MAX: count(25_000),
  COUPON_SOCKETS_PER_CUSTOMER: count(5),
  COUPON_SOCKETS_PER_SERVICE: count(5_000),
});
export type CouponApiLimits = Readonly<z.infer<typeof couponApiLimits>>;

const schema = processConfig.extend({
  ...couponApiLimits.shape,
  /** The coupons' own database instead of DATABASE_URL. */
  COUPON_DATABASE_URL: z.string().min(1).optional(),
  REDIS_URL: z.url(),
  ...identityConfig.shape,
  ...tlsConfig.shape,
  /** The secrets that seal coupon addresses, one a line: the first seals, all open. Without it, AUTH_SECRET_FILE's. */
  COUPON_ADDRESS_KEYS_FILE: z.string().min(1).optional(),
});

/**
 * The file with the secrets that seal coupon addresses. A local stack has one secret for everything.
 * @throws Error when neither is configured
 */
export function addressKeysFile(
  given: Pick<z.infer<typeof schema>, 'COUPON_ADDRESS_KEYS_FILE' | 'AUTH_SECRET_FILE'>,
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
  const read = readConfig(schema);
  if (read.COUPON_PROXY_HOPS > 0 && read.TRUSTED_PROXIES.length > 0) {
    throw new Error('configuration: set TRUSTED_PROXIES or COUPON_PROXY_HOPS, not both');
  }
  return read;
}
