/** Serves `/livez`, `/readyz` and `/metrics`, without a token. */
import * as z from 'zod';
import { answerHealth, hasMetricsApart, type Readiness } from '../process/process.ts';
import type { Description } from './operation.ts';
import { measure, onlyMethods, type Routes } from './resource.ts';

const ready = z.object({ status: z.literal('ok') }).meta({ id: 'Healthy' });
const unready = z
  .object({ status: z.literal('unready'), reason: z.string() })
  .meta({ id: 'Unready', description: 'The process is not ready; `reason` says why.' });

const HEALTH: Readonly<Record<string, Description>> = {
  '/livez': {
    id: 'getLiveness',
    summary: 'Whether the process lives.',
    roles: null,
    answers: { 200: { body: ready } },
  },
  '/readyz': {
    id: 'getReadiness',
    summary: 'Whether the process is ready to work.',
    roles: null,
    answers: { 200: { body: ready }, 503: { body: unready } },
  },
  '/metrics': {
    id: 'getMetrics',
    summary: 'The process’s metrics in the OpenMetrics format.',
    roles: null,
    answers: { 200: { body: z.string(), type: 'application/openmetrics-text' } },
  },
};

/** Adds the routes to a router; `/metrics` is none of them where it has a port of its own. */
export function healthRoutes({ router, operations }: Routes, readiness: Readiness): void {
  for (const [path, description] of Object.entries(HEALTH)) {
    if (path === '/metrics' && hasMetricsApart()) continue;
    operations.push({ ...description, method: 'GET', path });
    router.get(path, measure(path), async (_request, response) => {
      await answerHealth(path, response, readiness);
    });
    onlyMethods(router, path, ['GET', 'HEAD']);
  }
}
