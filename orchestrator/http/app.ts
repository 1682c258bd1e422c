/** Builds the API's HTTP server: pages' requests, and the Express application behind them. */
import { createServer, type Server } from 'node:http';
import type { Express } from 'express';
import { httpApp } from '#platform/http/app.ts';
import { aboutPages, forPages } from '#platform/http/pages.ts';
import type { CreateServer } from '#platform/http/tls.ts';
import type { Readiness } from '#platform/process/process.ts';
import { asyncApi } from './asyncapi.ts';
import { consoleRoutes } from './console.ts';
import type { ApiParts } from './parts.ts';
import { actionRoutes } from './routes/actions.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { batchEventRoutes } from './routes/batch-events.ts';
import { batchRoutes } from './routes/batches.ts';
import { brakeRoutes } from './routes/brakes.ts';
import { callerRoutes } from './routes/caller.ts';
import { compensationFailureRoutes } from './routes/compensation-failures.ts';
import { deadLetterActRoutes } from './routes/dead-letter-acts.ts';
import { deadLetterBatchRoutes } from './routes/dead-letter-batches.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { definitionRoutes } from './routes/definitions.ts';
import { endedTokenRoutes } from './routes/ended-tokens.ts';
import { erasureRoutes } from './routes/erasures.ts';
import { graphRoutes } from './routes/graphs.ts';
import { journalChainRoutes } from './routes/journal-chain.ts';
import { liveRoutes } from './routes/live.ts';
import { orderRoutes } from './routes/orders.ts';
import { participantRoutes } from './routes/participants.ts';
import { sagaActionRoutes } from './routes/saga-actions.ts';
import { sagaCountRoutes } from './routes/saga-counts.ts';
import { sagaRoutes } from './routes/sagas.ts';
import { savedViewRoutes } from './routes/saved-views.ts';
import { throughputRoutes } from './routes/throughput.ts';
import { whyRoutes } from './routes/whys.ts';

/** The customer's paths, an order's and those of its cancellation's action: operators' paths are for no page. */
const PAGE_PATHS = /^(?:https?:\/\/[^/]+)?\/v1\/(?:orders|actions)(?:[/?]|$)/i;

/** Builds the server, which does not listen yet. */
export function apiServer(
  parts: ApiParts,
  readiness: Readiness,
  create: CreateServer = createServer,
): Server {
  return create({}, forPages(apiApp(parts, readiness), { origins: parts.origins, paths: PAGE_PATHS }));
}

/** Builds the application without opening or listening to anything. */
export function apiApp(parts: ApiParts, readiness: Readiness): Express {
  const documents = {
    title: 'Order saga orchestrator',
    about: aboutPages('ORDER_ORIGINS', 'the paths under `/v1/orders` and `/v1/actions`'),
    asyncApi: asyncApi([...parts.definitions.values()]),
  };
  return httpApp(parts, readiness, documents, (routes) => {
    orderRoutes(routes, parts);
    liveRoutes(routes, parts);
    // Before the sagas by their ids: `counts` is none.
    sagaCountRoutes(routes, parts);
    sagaRoutes(routes, parts);
    savedViewRoutes(routes, parts);
    graphRoutes(routes, parts);
    whyRoutes(routes, parts);
    sagaActionRoutes(routes, parts);
    actionRoutes(routes, parts);
    auditRoutes(routes, parts);
    journalChainRoutes(routes, parts);
    brakeRoutes(routes, parts);
    participantRoutes(routes, parts);
    throughputRoutes(routes, parts);
    deadLetterRoutes(routes, parts);
    deadLetterActRoutes(routes, parts);
    deadLetterBatchRoutes(routes, parts);
    batchEventRoutes(routes, parts);
    batchRoutes(routes, parts);
    compensationFailureRoutes(routes, parts);
    definitionRoutes(routes, parts);
    erasureRoutes(routes, parts);
    apiKeyRoutes(routes, parts);
    endedTokenRoutes(routes, parts);
    callerRoutes(routes);
    consoleRoutes(routes, parts.console ?? { signIn: [], couponsUrl: null });
  });
}
