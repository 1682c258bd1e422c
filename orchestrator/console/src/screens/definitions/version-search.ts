/** The version that another one is compared with, as the address has it. Pure. */
import { readSearch } from '../../parts/read-search.ts';

export type VersionSearch = { readonly with?: string };

export const readVersionSearch = (search: Readonly<Record<string, unknown>>): VersionSearch =>
  readSearch(['with'] as const, search);
