/** The plan of a batch of dead letters: how many, of which topics, the first of them, and the hash of the whole set. */
import * as z from 'zod';
import type { ChosenLetter } from '#orchestrator/store/letter-work.ts';
import { planHashText } from '#platform/http/plan-contract.ts';
import { count, link, type View } from '#platform/http/schemas.ts';
import { planHash } from '#protocol/plan-hash.ts';
import { letterStateText } from './dead-letter.ts';

/** Letters that a plan lists one by one. */
export const LISTED_MAX = 100;

export const letterBatchPlan = z
  .object({
    dryRun: z.literal(true),
    action: z.enum(['send', 'discard']),
    letters: count,
    bytes: count.describe('Of their bodies together.'),
    isComplete: z.boolean().describe('False: more letters match than a batch takes; it takes the oldest.'),
    upTo: z
      .int()
      .describe(
        'The highest offset the filter was applied to: sent along, the plan stays while new letters arrive.',
      ),
    topics: z
      .array(
        z.object({
          topic: z.string(),
          letters: count,
          impossible: z.string().nullable().describe('Why none of them can be sent; null: they can.'),
        }),
      )
      .describe('Where they go.'),
    first: z
      .array(
        z.object({
          target: z.string(),
          topic: z.string(),
          partition: count.nullable(),
          key: z.string().nullable(),
          bytes: count,
          isEdited: z.boolean(),
          state: letterStateText,
          links: z.object({ self: link, plan: link }),
        }),
      )
      .describe(`The first ${LISTED_MAX}. The dry run of links.plan shows what is sent, to the last byte.`),
    perSecond: count,
    force: z.boolean(),
    planHash: planHashText.describe('SHA-256 over every letter of the set, and what is done to it.'),
  })
  .meta({ id: 'DeadLetterBatchPlan' });

export interface BatchPlanParts {
  readonly action: 'send' | 'discard';
  readonly force: boolean;
  readonly perSecond: number;
  readonly upTo: number;
  readonly isComplete: boolean;
  /** By topic: why its letters cannot be sent; null: they can. */
  readonly impossible: ReadonlyMap<string, string | null>;
  /** The partition that a key leads to. */
  readonly partitionOf: (letter: ChosenLetter) => number | null;
}

export function batchPlanView(
  letters: readonly ChosenLetter[],
  { impossible, partitionOf, ...plan }: BatchPlanParts,
): View<typeof letterBatchPlan> {
  const byTopic = Map.groupBy(letters, ({ originTopic }) => originTopic);
  const promised = letters.map(({ partition, offset, originTopic, edits, bytes }) => [
    partition,
    offset,
    originTopic,
    edits,
    bytes,
  ]);
  const { action, force } = plan;
  return {
    dryRun: true,
    ...plan,
    letters: letters.length,
    bytes: letters.reduce((sum, { bytes }) => sum + bytes, 0),
    topics: [...byTopic].map(([topic, some]) => ({
      topic,
      letters: some.length,
      impossible: impossible.get(topic) ?? null,
    })),
    first: letters.slice(0, LISTED_MAX).map((letter) => {
      const { partition, offset, originTopic: topic, key, bytes, edits, state } = letter;
      const self = `/v1/dead-letters/${partition}/${offset}`;
      return {
        target: `${partition}/${offset}`,
        topic,
        partition: partitionOf(letter),
        key,
        bytes,
        isEdited: edits > 0,
        state,
        links: { self, plan: `${self}/${action === 'send' ? 'resend' : 'discard'}` },
      };
    }),
    planHash: planHash({ action, force, letters: promised }),
  };
}
