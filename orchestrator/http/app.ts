/** Builds the API's Express application. */
import type { Express } from 'express';
import { httpApp } from '#platform/http/app.ts';
import type { Readiness } from '#platform/process/process.ts';
import { asyncApi } from './asyncapi.ts';
import type { ApiParts } from './parts.ts';
import { actionRoutes } from './routes/actions.ts';
import { auditRoutes } from './routes/audit.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { definitionRoutes } from './routes/definitions.ts';
import { orderRoutes } from './routes/orders.ts';
import { sagaActionRoutes } from './routes/saga-actions.ts';
import { sagaRoutes } from './routes/sagas.ts';

/** Builds the application without opening or listening to anything. */
export function apiApp(parts: ApiParts, readiness: Readiness): Express {
  const documents = { title: 'Order saga orchestrator', asyncApi: asyncApi([...parts.definitions.values()]) };
  return httpApp(parts, readiness, documents, (routes) => {
    orderRoutes(routes, parts);
    sagaRoutes(routes, parts);
    sagaActionRoutes(routes, parts);
    actionRoutes(routes, parts);
    auditRoutes(routes, parts);
    deadLetterRoutes(routes, parts);
    definitionRoutes(routes, parts);
  });
}
