/** The filters of the list of sagas, as its address has them. */
import type { Operations } from '../generated/api.ts';
import { readSearch } from '../parts/read-search.ts';

type ListQuery = Operations['listSagas']['query'];

/** Those that a view shows; the API knows some more, which stay in the address. */
const NAMES = [
  'text',
  'status',
  'state',
  'sort',
  'active',
  'stuck',
  'stalled',
  'paused',
  'failedCompensation',
  'fingerprint',
  'customerId',
  'sku',
  'couponId',
  'gatewayId',
  'minAgeMs',
  'maxAgeMs',
  'minInStateMs',
  'maxInStateMs',
  'createdAfter',
  'createdBefore',
  'minAmount',
  'maxAmount',
  'definition',
  'definitionVersion',
] as const satisfies ReadonlyArray<keyof ListQuery>;

export type FilterName = (typeof NAMES)[number];
/** All of them are texts, as in the address; the API checks what they say. */
export type Filters = { readonly [Name in FilterName]?: string };

/** The filters in an address. */
export const readFilters = (search: Readonly<Record<string, unknown>>): Filters => readSearch(NAMES, search);

/** The filters that a person has chosen, without the order. */
export function chosen(filters: Filters): FilterName[] {
  return NAMES.filter((name) => name !== 'sort' && filters[name] !== undefined);
}

/** The filters as the API takes them. */
export function queryOf(filters: Filters): ListQuery {
  return filters as unknown as ListQuery;
}
