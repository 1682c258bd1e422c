/** The toy's books under test, on PostgreSQL or in memory, and what a test must be able to see of them. */

import { sqlBooks } from '../sql-unit-of-work.ts';
import type { Books } from '../unit-of-work.ts';
import type { TestDatabase } from './database.ts';
import { memoryBooks } from './memory-unit-of-work.ts';
import { createToyTable, type EffectStore, effectStore, effects, memoryEffectStore } from './toy.ts';

export interface ToyBench {
  readonly books: Books<EffectStore>;
  /** What the toy has done: command ids with whether they are undone. */
  effects(): Promise<Record<string, boolean>>;
  close(): Promise<void>;
}

/** @param open opens a migrated database; given, so that tests in memory need no stack */
export async function postgresToyBench(
  open: (...tables: string[]) => Promise<TestDatabase>,
): Promise<ToyBench> {
  const test = await open('coupon.inbox');
  await createToyTable(test.db);
  return {
    books: sqlBooks(test.db, 'coupon', effectStore),
    effects: () => effects(test.db),
    close: () => test.close(),
  };
}

export async function memoryToyBench(): Promise<ToyBench> {
  const books = memoryBooks(memoryEffectStore());
  const undone = ([id, row]: [string, { undone: boolean }]) => [id, row.undone] as const;
  return {
    books,
    effects: async () => Object.fromEntries([...books.tables.effects.rows].map(undone)),
    close: async () => {},
  };
}
