/** An HTTP process's Express application: what comes before every route and after the last one. */
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Tokens } from '../process/auth-tokens.ts';
import type { Logger } from '../process/log.ts';
import type { Readiness } from '../process/process.ts';
import { type Documents, documentRoutes } from './documents.ts';
import { answerFailures } from './failure.ts';
import { healthRoutes } from './health.ts';
import { Problem } from './problem.ts';
import { measure, type Routes } from './resource.ts';

/** What every HTTP process has. */
export interface HttpParts {
  readonly tokens: Tokens;
  readonly log: Logger;
}

/**
 * Builds an application. It opens nothing and listens nowhere.
 * @param put puts a process's own routes where they belong
 */
export function httpApp(
  { tokens, log }: HttpParts,
  readiness: Readiness,
  documents: Documents,
  put: (routes: Routes) => void,
): Express {
  const app = express();
  // The ETag of a saga is its revision, which we set ourselves; hashing each body would be waste.
  app.set('etag', false);
  app.disable('x-powered-by');
  // Nothing we answer is a page.
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } } }));
  const routes: Routes = { router: app, tokens, operations: [] };
  healthRoutes(routes, readiness);
  put(routes);
  documentRoutes(routes, documents);
  app.use(measure('none'), () => {
    throw new Problem('not-found', 'There is no such path');
  });
  app.use(answerFailures(log));
  return app;
}
