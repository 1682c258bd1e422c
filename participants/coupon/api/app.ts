/** Builds the coupon API's HTTP server: the hot route, the application behind it, and the upgrades to WebSockets. */
import { createServer, type Server } from 'node:http';
import type { Express } from 'express';
import { httpApp } from '#platform/http/app.ts';
import type { Readiness } from '#platform/process/process.ts';
import type { CouponApiParts } from './api-parts.ts';
import { couponAsyncApi } from './asyncapi.ts';
import { inFrontOf } from './hot-route.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { requestRoutes } from './routes/requests.ts';
import { resultRoutes } from './routes/results.ts';
import type { ResultSockets } from './sockets/result-sockets.ts';
import { isForResults } from './sockets/upgrade.ts';

/** Builds the server, which does not listen yet. */
export function couponServer(
  parts: CouponApiParts,
  sockets: Pick<ResultSockets, 'upgrade'>,
  readiness: Readiness,
): Server {
  const listener = inFrontOf(couponApp(parts, readiness), parts);
  return createServer({ shouldUpgradeCallback: isForResults }, listener).on('upgrade', sockets.upgrade);
}

/** Builds the application behind the hot route. */
export function couponApp(parts: CouponApiParts, readiness: Readiness): Express {
  return httpApp(parts, readiness, { title: 'Coupons', asyncApi: couponAsyncApi() }, (routes) => {
    campaignRoutes(routes, parts);
    requestRoutes(routes, parts);
    resultRoutes(routes, parts);
  });
}
