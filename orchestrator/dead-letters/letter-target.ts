/** A dead letter as a target of a batch: `0/17`, with what the plan saw of it. */

import type { BatchItem, BatchTarget, ItemOutcome } from '#orchestrator/store/batch-rows.ts';
import type { LetterPlace } from '#orchestrator/store/dead-letter-store.ts';
import type { ChosenLetter } from '#orchestrator/store/letter-work.ts';

export function targetOf({ partition, offset, edits }: ChosenLetter): BatchTarget {
  return { target: `${partition}/${offset}`, seen: { edits } };
}

export function placeOf({ target }: Pick<BatchTarget, 'target'>): LetterPlace {
  const [partition, offset] = target.split('/').map(Number);
  return { partition: partition ?? 0, offset: offset ?? 0 };
}

export function textOf({ partition, offset }: LetterPlace): string {
  return `${partition}/${offset}`;
}

export function ended({ number }: BatchItem, outcome: string, detail: string | null = null): ItemOutcome {
  return { number, state: 'ended', outcome, detail };
}
