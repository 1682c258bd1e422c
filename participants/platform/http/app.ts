/** The Express application of every HTTP process: the middleware before the first route and after the last. */
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Tokens } from '../process/auth-tokens.ts';
import type { Logger } from '../process/log.ts';
import type { Readiness } from '../process/process.ts';
import type { Admit } from './admission.ts';
import { type Documents, documentRoutes } from './documents.ts';
import { answerFailures } from './failure.ts';
import { healthRoutes } from './health.ts';
import { Problem } from './problem.ts';
import { measure, type Routes } from './resource.ts';

export interface HttpParts {
  readonly tokens: Tokens;
  readonly log: Logger;
  /** The rate limit of every operation that has none of its own. */
  readonly admit?: Admit;
}

/**
 * Builds an application; it opens no connection and no port.
 * @param put adds the process's own routes
 */
export function httpApp(
  { tokens, log, admit }: HttpParts,
  readiness: Readiness,
  documents: Documents,
  put: (routes: Routes) => void,
): Express {
  const app = express();
  // A saga's ETag is its revision, which its route sets; hashing each body would be waste.
  app.set('etag', false);
  app.disable('x-powered-by');
  // No answer is a page.
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } } }));
  const routes: Routes = { router: app, tokens, operations: [], admit };
  healthRoutes(routes, readiness);
  put(routes);
  documentRoutes(routes, documents);
  app.use(measure('none'), (request, response, next) => {
    // It asks for the server and no path of it (RFC 9110, section 9.3.7), as some balancers' probes do.
    if (request.method === 'OPTIONS' && request.url === '*') response.status(204).end();
    else next();
  });
  app.use(() => {
    throw new Problem('not-found', 'There is no such path');
  });
  app.use(answerFailures(log));
  return app;
}
