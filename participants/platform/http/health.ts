/** `/livez`, `/readyz`, `/metrics`: for whoever watches the process; open to all who reach its port. */
import * as z from 'zod';
import { answerHealth, type Readiness } from '../process/process.ts';
import type { Description } from './operation.ts';
import { measure, type Routes } from './resource.ts';

const well = z.object({ status: z.literal('ok') }).meta({ id: 'Healthy' });
const unready = z
  .object({ status: z.literal('unready'), reason: z.string() })
  .meta({ id: 'Unready', description: 'It is not ready, and why.' });

const HEALTH: Readonly<Record<string, Description>> = {
  '/livez': {
    id: 'getLiveness',
    summary: 'Whether the process lives.',
    roles: null,
    answers: { 200: { body: well } },
  },
  '/readyz': {
    id: 'getReadiness',
    summary: 'Whether the process can do its work now.',
    roles: null,
    answers: { 200: { body: well }, 503: { body: unready } },
  },
  '/metrics': {
    id: 'getMetrics',
    summary: 'The process’s metrics, for Prometheus.',
    roles: null,
    answers: { 200: { body: z.string(), type: 'text/plain' } },
  },
};

/** Puts the three on a router. */
export function healthRoutes({ router, operations }: Routes, readiness: Readiness): void {
  for (const [path, description] of Object.entries(HEALTH)) {
    operations.push({ ...description, method: 'GET', path });
    router.get(path, measure(path), async (_request, response) => {
      await answerHealth(path, response, readiness);
    });
  }
}
