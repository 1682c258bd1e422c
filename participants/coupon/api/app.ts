/** Builds the coupon API's HTTP server: pages' requests, the hot route, the application behind it, upgrades to WebSockets. */
import { createServer, type Server } from 'node:http';
import type { Express } from 'express';
import { httpApp } from '#platform/http/app.ts';
import { aboutPages, forPages } from '#platform/http/pages.ts';
import type { CreateServer } from '#platform/http/tls.ts';
import type { Readiness } from '#platform/process/process.ts';
import type { CouponApiParts } from './api-parts.ts';
import { couponAsyncApi } from './asyncapi.ts';
import { inFrontOf } from './hot-route.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { requestRoutes } from './routes/requests.ts';
import { resultRoutes } from './routes/results.ts';
import type { ResultSockets } from './sockets/result-sockets.ts';
import { isForResults } from './sockets/upgrade.ts';

/** Pages may call all of the API: their tokens bound what they can do. */
const PAGE_PATHS = /^(?:https?:\/\/[^/]+)?\/v1\//i;

/** Builds the server, which does not listen yet. */
export function couponServer(
  parts: CouponApiParts,
  sockets: Pick<ResultSockets, 'upgrade'>,
  readiness: Readiness,
  create: CreateServer = createServer,
): Server {
  const listener = inFrontOf(couponApp(parts, readiness), parts);
  const pages = forPages(listener, { origins: parts.origins, paths: PAGE_PATHS });
  return create({ shouldUpgradeCallback: isForResults }, pages).on('upgrade', sockets.upgrade);
}

/** Builds the application behind the hot route. */
export function couponApp(parts: CouponApiParts, readiness: Readiness): Express {
  const documents = {
    title: 'Coupons',
    about: aboutPages('COUPON_ORIGINS', 'all paths under `/v1`, and open the WebSocket'),
    asyncApi: couponAsyncApi(),
  };
  return httpApp(parts, readiness, documents, (routes) => {
    campaignRoutes(routes, parts);
    requestRoutes(routes, parts);
    resultRoutes(routes, parts);
  });
}
