/** Reads a list page by page: a page has a bound, a person's `--limit` has none. */
import type { Api } from './api.ts';

const PAGE_MAX = 200;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | number | null;
}

/** Reads a list to its end, page by page; keeps none. */
export async function eachPage<Item>(
  api: Api,
  path: string,
  filters: Readonly<Record<string, string | undefined>>,
  onPage: (items: readonly Item[]) => void,
): Promise<void> {
  let cursor: string | number | null = null;
  do {
    const page: Page<Item> = await api.get(`${path}?${queryOf(filters, PAGE_MAX, cursor)}`);
    onPage(page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** The first items of a list, and whether there are more. */
export interface Read<Item> {
  readonly items: Item[];
  readonly hasMore: boolean;
}

/**
 * Reads up to `limit` items.
 * @param filters of the query; undefined ones are left out
 * @param onPage receives each page on arrival
 */
export async function readPaged<Item>(
  api: Api,
  path: string,
  filters: Readonly<Record<string, string | undefined>>,
  limit: number,
  onPage: (items: readonly Item[]) => void = () => {},
): Promise<Read<Item>> {
  const items: Item[] = [];
  let cursor: string | number | null = null;
  do {
    const query = queryOf(filters, Math.min(PAGE_MAX, limit - items.length), cursor);
    const page: Page<Item> = await api.get(`${path}?${query}`);
    onPage(page.items);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return { items, hasMore: cursor !== null };
}

function queryOf(
  filters: Readonly<Record<string, string | undefined>>,
  limit: number,
  cursor: string | number | null,
): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, value);
  query.set('limit', String(limit));
  if (cursor !== null) query.set('cursor', String(cursor));
  return query;
}
