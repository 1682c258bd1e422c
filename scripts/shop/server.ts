/** The demo shop's server: the page's files, and a backend that logs customers in, opens campaigns and places orders. */
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import { answerFailures } from '#platform/http/failure.ts';
import { Problem } from '#platform/http/problem.ts';
import { answerHealth } from '#platform/process/process.ts';
import { backendRoutes } from './backend.ts';
import type { ShopParts } from './parts.ts';

const PAGE = join(import.meta.dirname, 'page');

/** Builds the server, which does not listen yet. */
export function shopServer(parts: ShopParts): Server {
  const app = express();
  app.disable('x-powered-by');
  app.get(['/livez', '/readyz', '/metrics'], async (request, response) => {
    await answerHealth(request.path, response, parts.readiness);
  });
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: policyOf(parts) } }));
  app.use(onlyOwnPages(parts.origin));
  backendRoutes(app, parts);
  app.use(
    express.static(PAGE, {
      cacheControl: false,
      setHeaders: (response) => response.setHeader('cache-control', 'no-cache'),
    }),
  );
  app.use(() => {
    throw new Problem('not-found', 'There is no such path');
  });
  app.use(answerFailures(parts.log));
  return createServer(app);
}

/** The page runs its own files only, and connects to the two APIs only. */
function policyOf({ orders, coupons }: ShopParts): Record<string, string[]> {
  const none = ["'none'"];
  const own = ["'self'"];
  return {
    defaultSrc: none,
    scriptSrc: own,
    styleSrc: own,
    imgSrc: own,
    connectSrc: [...own, orders, coupons, coupons.replace(/^http/, 'ws')],
    baseUri: none,
    formAction: none,
    frameAncestors: none,
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: none,
  };
}

/**
 * Refuses requests that another site's page sends, and names of this machine that another site chose: the shop logs
 * customers in without a password.
 */
function onlyOwnPages(origin: string): RequestHandler {
  const { host } = new URL(origin);
  return (request, response, next) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && request.headers.host === host.replace('127.0.0.1', 'localhost')) {
      // The APIs list one origin.
      return response.redirect(308, origin + request.originalUrl);
    }
    const isOwn = request.headers.host === host && (isRead || request.headers.origin === origin);
    if (!isOwn) throw new Problem('forbidden', `Only the shop’s own page, ${origin}, may do this`);
    next();
  };
}
