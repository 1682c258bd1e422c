/** The coupon API's HTTP server: the hot route in front, the application behind it, and the upgrades to WebSockets. */
import { createServer, type Server } from 'node:http';
import { httpApp } from '../../wire/http/app.ts';
import type { Readiness } from '../../wire/process.ts';
import { inFrontOf } from './hot-route.ts';
import type { CouponApiParts } from './parts.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { documentRoutes } from './routes/documents.ts';
import { requestRoutes } from './routes/requests.ts';
import { resultRoutes } from './routes/results.ts';
import type { ResultSockets } from './sockets/results.ts';

/** Builds the server. It listens nowhere yet. */
export function couponServer(
  parts: CouponApiParts,
  sockets: Pick<ResultSockets, 'upgrade'>,
  readiness: Readiness,
): Server {
  const application = httpApp(readiness, parts.log, (router) => {
    documentRoutes(router);
    campaignRoutes(router, parts);
    requestRoutes(router, parts);
    resultRoutes(router, parts);
  });
  return createServer(inFrontOf(application, parts)).on('upgrade', sockets.upgrade);
}
