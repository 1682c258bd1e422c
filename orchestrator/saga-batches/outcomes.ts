/** What becomes of a saga that a batch acts on, in words. */

/** The saga was acted on, and its end is watched. */
export const ACTED = 'acted';
/** It raised an incident after the action, or a failure delays it again. */
export const FAILED_AGAIN = 'failed-again';

/** The outcomes of items, with what they mean. */
export const OUTCOMES = {
  completed: 'The saga has completed.',
  compensated: 'The saga has failed with everything undone; the detail says why.',
  applied: 'The action has been applied, and does not by itself lead to an end: a pause, a migration.',
  [FAILED_AGAIN]:
    'After the action the saga raised an incident, or a participant reported a failure that has delayed it since.',
  undecided: 'Neither within the time for which a saga is watched.',
  'plan-changed':
    'The saga moved after the plan, so that the engine refused the action; a dry run of the action shows the new plan.',
  'ended-before':
    'The saga ended by itself before its turn: the engine refused the action, and nothing was sent.',
  refused: 'The engine refused the action for another reason.',
  cancelled: 'The batch was cancelled before the saga was acted on.',
  [ACTED]: 'The saga was acted on, and the batch cancelled before its end was seen.',
} as const;

export type SagaOutcome = keyof typeof OUTCOMES;

const GOOD: readonly string[] = [
  'completed',
  'compensated',
  'applied',
  'ended-before',
] satisfies readonly SagaOutcome[];

/** Whether an outcome lets the next wave be greater. */
export function isGood(outcome: string): boolean {
  return GOOD.includes(outcome);
}
