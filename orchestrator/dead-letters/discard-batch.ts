/** Discards many dead letters: those that are still open. */
import { type BatchKind, perSecond } from '#orchestrator/batches/batch-kind.ts';
import type { LetterWorkStore } from '#orchestrator/store/letter-work.ts';
import { ended, placeOf, textOf } from './letter-target.ts';

/** The batch's name, and its action in the audit. */
export const DISCARD_LETTERS = 'discard-dead-letters';

/** The kind of batch. Its outcomes: `discarded`, `refused`. A wave that is repeated finds its letters discarded. */
export function discardLetters(parts: {
  readonly letterWork: Pick<LetterWorkStore, 'discardAll' | 'readAll'>;
  readonly now: () => number;
}): BatchKind {
  const { letterWork, now } = parts;
  return {
    name: DISCARD_LETTERS,
    waveOf: perSecond,
    async act(_batch, items) {
      const places = items.map(placeOf);
      await letterWork.discardAll(places, new Date(now()));
      const discarded = new Set(
        (await letterWork.readAll(places)).filter(({ discardedAt }) => discardedAt !== null).map(textOf),
      );
      return items.map((item) =>
        discarded.has(item.target)
          ? ended(item, 'discarded')
          : ended(item, 'refused', 'It was sent again, or is gone'),
      );
    },
    watch: async () => [],
  };
}
