/** Counts of sagas: by state and age, and by group of failures, under the filter of lists. */
import type { SagaFilter } from '#engine/search/saga-filter.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import type { ApiParts } from '../parts.ts';
import { sagaQuery, searchOf } from '../saga-query.ts';
import { sagaCounts, sagaCountsView } from '../views/saga-counts.ts';

/** Registers the route. */
export function sagaCountRoutes(
  routes: Routes,
  parts: Pick<ApiParts, 'views' | 'definitions' | 'now'>,
): void {
  resource(routes, '/v1/sagas/counts', {
    GET: {
      id: 'countSagas',
      summary: 'Counts sagas by state and age, and by group of failures.',
      description:
        'Of the active sagas, unless `status` names one of sagas that are done, or `active` is given. Of sagas that are done it counts the newest.',
      roles: VIEWERS,
      reads: { query: sagaQuery({}) },
      answers: { 200: { body: sagaCounts } },
      async handle({ query }) {
        const filter = activeByDefault(query as SagaFilter);
        const asOfMs = parts.now();
        const { sort: _, ...search } = searchOf(parts, filter, 'newest', asOfMs);
        const { value, at } = await parts.views.counts(search);
        return { status: 200, body: sagaCountsView(value, at.getTime()) };
      },
    },
  });
}

function activeByDefault(filter: SagaFilter): SagaFilter {
  const isOfDone = filter.status === 'completed' || filter.status === 'failed';
  return isOfDone || filter.active !== undefined ? filter : { ...filter, active: true };
}
