/** The search of the reference, as its address has it. Pure. */
import { readSearch } from '../../parts/read-search.ts';

export type ReferenceSearch = { readonly text?: string };

export const readReferenceSearch = (search: Readonly<Record<string, unknown>>): ReferenceSearch =>
  readSearch(['text'] as const, search);
