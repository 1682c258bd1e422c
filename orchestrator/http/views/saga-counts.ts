/** The view of counts of sagas. */
import * as z from 'zod';
import { AGE_BOUNDS_S, type SagaCounts } from '#orchestrator/store/search/count-sagas.ts';
import { count, instant, uuid, type View } from '#platform/http/schemas.ts';
import { status } from './status.ts';

const stateCount = z.object({
  state: z.string(),
  status,
  sagas: count,
  stuck: count,
  stalled: count,
  paused: count,
  oldestAt: instant.describe('When the oldest of them was created.'),
  longestSince: instant.describe('Since when the one longest in the state is in it.'),
  ages: z
    .array(count)
    .describe('By the time since they were created, one more class than `ageBoundsSeconds`.'),
});

const errorCount = z.object({
  fingerprint: z.string().describe('The filter `fingerprint` takes it.'),
  participant: z.string().nullable().describe('Null: stored by an earlier build.'),
  code: z.string(),
  text: z.string().nullable().describe('The text of the oldest one.'),
  sagas: count,
  stuck: count.describe('Those with an incident; the others are delayed and go on by themselves.'),
  oldestAt: instant.describe('When the oldest of them was created.'),
  sagaId: uuid.describe('The oldest of them.'),
});

export const sagaCounts = z
  .object({
    asOf: instant,
    sagas: count,
    ageBoundsSeconds: z.array(count),
    states: z.array(stateCount),
    errors: z.array(errorCount).describe('The largest groups of sagas that fail alike.'),
    hasMoreErrors: z.boolean().describe('There are smaller groups.'),
    isPartial: z.boolean().describe('Only the newest sagas were read; narrow the filter by `createdBefore`.'),
  })
  .meta({
    id: 'SagaCounts',
    description: 'The sagas of a filter, by state and age, and by group of failures.',
  });

/** The counts as people see them. */
export function sagaCountsView(
  { groups, hasMoreGroups, ...counts }: SagaCounts,
  asOfMs: number,
): View<typeof sagaCounts> {
  return {
    asOf: new Date(asOfMs),
    ageBoundsSeconds: AGE_BOUNDS_S,
    ...counts,
    errors: groups,
    hasMoreErrors: hasMoreGroups,
  };
}
