/** The API's configuration. Apart from the engine's, which loads nothing of HTTP. */
import * as z from 'zod';
import { proxyConfig } from '#platform/http/client-address.ts';
import { originList } from '#platform/http/origins.ts';
import { tlsConfig } from '#platform/http/tls.ts';
import { identityConfig } from '#platform/identity/identity.ts';
import { sagaConfig } from '../config.ts';

const count = (value: number) => z.coerce.number().int().min(1).default(value);

/** The API's environment. */
export const apiConfig = sagaConfig.extend({
  ...identityConfig.shape,
  ...tlsConfig.shape,
  ...proxyConfig.shape,
  ORDER_USER_PER_SECOND: count(100).describe('Requests a second of one customer or operator; beyond it 429.'),
  ORDER_USER_BURST: count(500).describe('Requests of one customer or operator at once.'),
  ORDER_ADDRESS_PER_SECOND: count(1_000).describe(
    'Requests a second of all customers and operators behind one address.',
  ),
  ORDER_ADDRESS_BURST: count(5_000).describe(
    'Requests of all customers and operators behind one address at once.',
  ),
  ORDER_SERVICE_PER_SECOND: count(20_000).describe('Requests a second of one backend.'),
  ORDER_SERVICE_BURST: count(20_000).describe('Requests of one backend at once.'),
  ORDER_ORIGINS: originList.describe(
    "Origins whose pages may call the customers' paths, such as `https://shop.example`, separated by commas.",
  ),
  COUPON_API_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Where browsers reach the coupon API: the console shows its campaigns. It must list the console’s origin in COUPON_ORIGINS.',
    ),
  LIVE_STREAMS_MAX: count(2_000).describe(
    'Streams of live events of the process; beyond it new ones get 503.',
  ),
  LIVE_STREAMS_PER_PERSON: count(20).describe(
    'Streams of live events of one person; beyond it new ones get 429.',
  ),
  INTAKE_GROUP_MS: z.coerce
    .number()
    .min(0)
    .max(100)
    .default(8)
    .describe('The longest an order waits for others to share its commit, at full load, ms.'),
  INTAKE_GROUP_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(200)
    .describe('The most orders in one commit.'),
  INTAKE_QUEUE_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .default(5_000)
    .describe('The most orders that wait for a commit: beyond it new ones get 503.'),
  INTAKE_OLDEST_MS: count(30_000).describe(
    'The API rejects new orders while an accepted one has waited longer than this for an engine, ms.',
  ),
});
