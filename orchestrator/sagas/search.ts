/** The filter of all sagas there are: every definition's search fields, one a line. */
import { sagaFilterOf } from '#engine/search/saga-filter.ts';
import { orderSearch } from './order/search.ts';

export { optionsOf } from '#engine/search/filter-forms.ts';
export { SORTS } from '#engine/search/saga-filter.ts';

export const SEARCH_FIELDS = [...orderSearch];

export const sagaFilter = sagaFilterOf(SEARCH_FIELDS);
