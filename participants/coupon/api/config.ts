/** The coupon API's environment. */
import * as z from 'zod';
import { processConfig, readConfig } from '#platform/process/config.ts';

const count = (value: number) => z.coerce.number().int().min(1).default(value);

/** What the API permits; every bound has a default. */
export const couponApiLimits = z.object({
  /** Whose pages may open a WebSocket: origins such as `https://shop.example`, separated by commas. */
  COUPON_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== ''),
    ),
  /** Proxies of ours in front, which write X-Forwarded-For. */
  COUPON_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  /** How long a request may wait for others to share its group, at full load. */
  COUPON_GROUP_MS: z.coerce.number().min(0).max(100).default(5),
  COUPON_GROUP_MAX: z.coerce.number().int().min(1).max(1_000).default(500),
  /** Requests waiting for a group, and not acknowledged by the brokers: beyond, new ones are told to come again. */
  COUPON_QUEUE_MAX: count(10_000),
  COUPON_UNACKNOWLEDGED_MAX: count(20_000),
  /** How often one customer, all customers behind one address, and one backend may ask. */
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
  /** Coupons' own database; DATABASE_URL without it. */
  COUPON_DATABASE_URL: z.string().min(1).optional(),
  REDIS_URL: z.url(),
  AUTH_SECRET_FILE: z.string().min(1),
});

/** The configuration, frozen. */
export const config = () => readConfig(schema);
