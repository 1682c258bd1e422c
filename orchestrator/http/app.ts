/** The API as an Express application: its routes, in the order in which they are tried. */
import type { Express } from 'express';
import { httpApp } from '../../participants/wire/http/app.ts';
import type { Readiness } from '../../participants/wire/process.ts';
import type { ApiParts } from './parts.ts';
import { actionRoutes } from './routes/actions.ts';
import { auditRoutes } from './routes/audit.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { definitionRoutes } from './routes/definitions.ts';
import { documentRoutes } from './routes/documents.ts';
import { orderRoutes } from './routes/orders.ts';
import { sagaRoutes } from './routes/sagas.ts';

/** Builds the application. It opens nothing and listens nowhere. */
export function apiApp(parts: ApiParts, readiness: Readiness): Express {
  return httpApp(readiness, parts.log, (router) => {
    documentRoutes(router, parts);
    orderRoutes(router, parts);
    sagaRoutes(router, parts);
    actionRoutes(router, parts);
    auditRoutes(router, parts);
    deadLetterRoutes(router, parts);
    definitionRoutes(router, parts);
  });
}
