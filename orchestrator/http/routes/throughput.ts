/** Throughput: what the engines started and ended in each minute, and how long it took. */
import * as z from 'zod';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import type { ApiParts } from '../parts.ts';
import { throughputAnswer, throughputView } from '../views/throughput.ts';

const MINUTES = { min: 5, max: 60, default: 60 };

const query = z.strictObject({
  minutes: z.coerce
    .number()
    .int()
    .min(MINUTES.min)
    .max(MINUTES.max)
    .default(MINUTES.default)
    .describe('How many, with the present one.'),
});

/** Registers the route. */
export function throughputRoutes(routes: Routes, { throughput }: Pick<ApiParts, 'throughput'>): void {
  resource(routes, '/v1/throughput', {
    GET: {
      id: 'getThroughput',
      summary: 'What began and ended in each minute of the last hour, and how long it took.',
      description:
        'Each engine reports every 5 s what it has counted, so the present minute lags by so much. An engine that is killed loses what ' +
        'it had not reported.',
      roles: VIEWERS,
      reads: { query },
      answers: { 200: { body: throughputAnswer } },
      async handle({ query: { minutes } }) {
        const { value, at } = await throughput.read();
        return { status: 200, body: throughputView(value, at, minutes) };
      },
    },
  });
}
