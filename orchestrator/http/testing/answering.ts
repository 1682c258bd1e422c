/** For tests: an engine that takes every published action, and answers what it sends as the test wants. */
import { setTimeout as pause } from 'node:timers/promises';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import type { TestApi } from './api.ts';
import type { Happening } from './engine.ts';

const EVERY_MS = 20;

/**
 * Begins to take the actions on some sagas, those published before too.
 * @param answers what happens to a saga after an action on it; null: the saga is not of this test
 * @returns a way to stop, which throws what went wrong
 */
export function takingActions(
  api: TestApi,
  answers: (sagaId: string) => readonly Happening[] | null,
): { close(): Promise<void> } {
  let isOpen = true;
  const work = async () => {
    let taken = 0;
    while (isOpen) {
      const fresh = api.published.slice(taken);
      taken += fresh.length;
      for (const record of fresh) {
        const happenings = record.topic === SAGA_CONTROL ? answers(String(record.key)) : null;
        if (happenings === null) continue;
        await api.engine.take([record]);
        await api.engine.happen(String(record.key), ...happenings);
      }
      await pause(EVERY_MS);
    }
  };
  const working = work();
  return {
    async close() {
      isOpen = false;
      await working;
    },
  };
}
