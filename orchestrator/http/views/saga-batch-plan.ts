/** The plan of a batch of sagas: how many, the messages of each, what they move together, and the hash of the whole. */
import * as z from 'zod';
import { ACTIONS } from '#engine/control.ts';
import { count, link, uuid, type View } from '#platform/http/schemas.ts';
import { planHashed, plannedMessage, total } from './plan-schema.ts';
import { status } from './status.ts';

/** The most sagas of a batch. */
export const SAGAS_MAX = 10_000;
/** Sagas that one answer lists with their messages. */
export const LISTED_MAX = 100;
/** Reasons why the action is impossible that a plan lists, and examples of each. */
export const REASONS_MAX = 50;
export const EXAMPLES_MAX = 5;

const listed = z.object({
  number: z.int().min(1).describe('Its position in the plan, and in the batch.'),
  sagaId: uuid,
  status: status.describe('Of the saga now.'),
  state: z.string().describe('Of the saga now.'),
  next: z.object({ status, state: z.string() }).describe('After the action.'),
  sends: z.array(plannedMessage),
  holds: z.array(z.string()).describe('Ids of messages a pause would hold back.'),
  planHash: planHashed,
  links: z.object({ saga: link }),
});

export const sagaBatchPlan = z
  .object({
    dryRun: z.literal(true),
    action: z.enum(ACTIONS),
    sagas: count.describe('On which the action is possible: the batch is of these.'),
    messages: count.describe('That it sends to them together.'),
    totals: z
      .array(total)
      .describe('The most that these messages move: an undo takes back what its participant finds done.'),
    isComplete: z.boolean().describe('False: more sagas match than `limit`; it takes the oldest.'),
    impossible: z
      .array(z.object({ why: z.string(), sagas: count, examples: z.array(uuid).max(EXAMPLES_MAX) }))
      .max(REASONS_MAX)
      .describe('The sagas that match, and on which the action is not possible: the batch leaves them.'),
    from: z.int().min(1),
    listed: z
      .array(listed)
      .max(LISTED_MAX)
      .describe(`${LISTED_MAX} sagas from \`from\` on, each with exactly what is sent.`),
    nextFrom: z.int().nullable().describe('The `from` of the next ones; null: there are none.'),
    sagaIds: z
      .array(uuid)
      .max(SAGAS_MAX)
      .describe('All of them. Sent along as `sagaIds`, the set stays this one.'),
    perSecond: count,
    planHash: planHashed.describe('SHA-256 over the action and the plan of each saga.'),
  })
  .meta({ id: 'SagaBatchPlan', description: 'The effect of an action on many sagas.' });

export type SagaBatchPlan = View<typeof sagaBatchPlan>;
export type ListedPlan = SagaBatchPlan['listed'][number];
