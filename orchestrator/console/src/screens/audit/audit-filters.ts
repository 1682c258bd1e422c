/** The filters of the audit, as its address has them. Pure. */
import { readSearch } from '../../parts/read-search.ts';

const NAMES = ['actor', 'action', 'sagaId', 'batchId', 'createdAfter', 'createdBefore'] as const;
export type AuditFilters = { readonly [One in (typeof NAMES)[number]]?: string };

/** The filters in an address. */
export const readAuditFilters = (search: Readonly<Record<string, unknown>>): AuditFilters =>
  readSearch(NAMES, search);
