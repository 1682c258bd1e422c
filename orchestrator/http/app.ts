/** The API as an Express application: what comes before every route and after the last one. */
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Readiness } from '../../participants/wire/process.ts';
import { answerFailures } from './failure.ts';
import type { ApiParts } from './parts.ts';
import { Problem } from './problem.ts';
import { measure } from './resource.ts';
import { actionRoutes } from './routes/actions.ts';
import { auditRoutes } from './routes/audit.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { definitionRoutes } from './routes/definitions.ts';
import { documentRoutes } from './routes/documents.ts';
import { healthRoutes } from './routes/health.ts';
import { orderRoutes } from './routes/orders.ts';
import { sagaRoutes } from './routes/sagas.ts';

/** Builds the application. It opens nothing and listens nowhere. */
export function apiApp(parts: ApiParts, readiness: Readiness): Express {
  const app = express();
  // The ETag of a saga is its revision, which we set ourselves; hashing each body would be waste.
  app.set('etag', false);
  app.disable('x-powered-by');
  // Nothing we answer is a page.
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } } }));
  healthRoutes(app, readiness);
  documentRoutes(app, parts);
  orderRoutes(app, parts);
  sagaRoutes(app, parts);
  actionRoutes(app, parts);
  auditRoutes(app, parts);
  deadLetterRoutes(app, parts);
  definitionRoutes(app, parts);
  app.use(measure('none'), () => {
    throw new Problem('not-found', 'There is no such path');
  });
  app.use(answerFailures(parts.log));
  return app;
}
