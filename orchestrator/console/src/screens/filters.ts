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
  'failureParticipant',
  'failureCode',
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

/** What is true or false, and what is a number; all else stays the text of the address. */
const FLAGS: readonly FilterName[] = ['active', 'stuck', 'stalled', 'paused', 'failedCompensation'];
const NUMBERS: readonly FilterName[] = [
  'definitionVersion',
  'minAgeMs',
  'maxAgeMs',
  'minInStateMs',
  'maxInStateMs',
  'minAmount',
  'maxAmount',
];

/** The filters that a body takes: typed, where an address has texts; without the order. */
export function typedFilter(filters: Filters): Readonly<Record<string, unknown>> {
  const entries = chosen(filters).map((name) => {
    const text = filters[name] ?? '';
    return [name, FLAGS.includes(name) ? text === 'true' : NUMBERS.includes(name) ? Number(text) : text];
  });
  return Object.fromEntries(entries);
}

/** A typed filter as an address has it. */
export function filtersOf(typed: Readonly<Record<string, unknown>>): Filters {
  return readFilters(Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, String(value)])));
}
