/** The toy's unit of work under test, on PostgreSQL or in memory, with its effects. */
import { sqlUnitOfWork } from '../sql-unit-of-work.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { TestDatabase } from './database.ts';
import { memoryUnitOfWork } from './memory-unit-of-work.ts';
import { createToyTable, type EffectStore, effectStore, effects, memoryEffectStore } from './toy.ts';

export interface ToyBench {
  readonly unitOfWork: UnitOfWork<EffectStore>;
  /** The toy's effects: whether each command is undone. */
  effects(): Promise<Record<string, boolean>>;
  close(): Promise<void>;
}

/** @param open opens a migrated database; a parameter, so that tests in memory need no stack */
export async function postgresToyBench(
  open: (...tables: string[]) => Promise<TestDatabase>,
): Promise<ToyBench> {
  const test = await open('coupon.inbox');
  await createToyTable(test.db);
  return {
    unitOfWork: sqlUnitOfWork(test.db, 'coupon', effectStore),
    effects: () => effects(test.db),
    close: () => test.close(),
  };
}

export async function memoryToyBench(): Promise<ToyBench> {
  const unitOfWork = memoryUnitOfWork(memoryEffectStore());
  const undone = ([id, row]: [string, { undone: boolean }]) => [id, row.undone] as const;
  return {
    unitOfWork,
    effects: async () => Object.fromEntries([...unitOfWork.tables.effects.rows].map(undone)),
    close: async () => {},
  };
}
