/** What requests say of the sagas they are about: the filter as query parameters, and the search that follows from it. */
import type * as z from 'zod';
import { queryShape } from '#engine/search/filter-forms.ts';
import { type SagaFilter, type SagaSort, strictFilter } from '#engine/search/saga-filter.ts';
import type { Definitions } from '#engine/step-batch.ts';
import { SEARCH_FIELDS, sagaFilter } from '#orchestrator/sagas/search.ts';
import type { SagaSearch } from '#orchestrator/store/search/conditions.ts';
import { canonical } from '#platform/http/validate.ts';

/** The schema of a query that filters sagas. @param more the query's other parameters */
export function sagaQuery<Shape extends z.ZodRawShape>(more: Shape) {
  return strictFilter({ ...more, ...(queryShape(sagaFilter) as Record<never, z.ZodType>) });
}

/**
 * The search of a filter.
 * @throws Problem `validation` when a text holds what no database can
 */
export function searchOf(
  { definitions }: { readonly definitions: Definitions },
  filter: SagaFilter,
  sort: SagaSort,
  asOfMs: number,
): SagaSearch {
  canonical(filter);
  return {
    filter,
    sort,
    fields: SEARCH_FIELDS,
    asOfMs,
    activeOnly: filter.state !== undefined && filter.active !== false && !isEnd(definitions, filter.state),
  };
}

/** Whether a saga that is done may be in this state. */
function isEnd(definitions: Definitions, state: string): boolean {
  return [...definitions.values()].some(({ statusOf }) =>
    (['completed', 'failed'] as readonly string[]).includes(statusOf(state)),
  );
}
