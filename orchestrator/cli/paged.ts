/** Reads a list page by page: a page has a bound, a person's `--limit` has none. */
import type { Api } from './api.ts';

const PAGE_MAX = 200;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | number | null;
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
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, value);
    query.set('limit', String(Math.min(PAGE_MAX, limit - items.length)));
    if (cursor !== null) query.set('cursor', String(cursor));
    const page: Page<Item> = await api.get(`${path}?${query}`);
    onPage(page.items);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return { items, hasMore: cursor !== null };
}
