/** An HTTP process's Express application: what comes before every route and after the last one. */
import express, { type Express, type Router } from 'express';
import helmet from 'helmet';
import type { Logger } from '../log.ts';
import type { Readiness } from '../process.ts';
import { answerFailures } from './failure.ts';
import { healthRoutes } from './health.ts';
import { Problem } from './problem.ts';
import { measure } from './resource.ts';

/**
 * Builds an application. It opens nothing and listens nowhere.
 * @param routes puts a process's own routes on the router it is given
 */
export function httpApp(readiness: Readiness, log: Logger, routes: (router: Router) => void): Express {
  const app = express();
  // The ETag of a saga is its revision, which we set ourselves; hashing each body would be waste.
  app.set('etag', false);
  app.disable('x-powered-by');
  // Nothing we answer is a page.
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } } }));
  healthRoutes(app, readiness);
  routes(app);
  app.use(measure('none'), () => {
    throw new Problem('not-found', 'There is no such path');
  });
  app.use(answerFailures(log));
  return app;
}
