/** The schemas of a previewed action. */
import * as z from 'zod';
import { ACTIONS } from '#engine/control.ts';
import { PLAN_HASH } from '#engine/step/plan-hash.ts';
import { status } from './status.ts';

export const remainingSteps = z.array(
  z.object({
    commandId: z.string(),
    type: z.string(),
    awaited: z.boolean().describe('The saga sent it and awaits its reply.'),
    needsEvidence: z
      .literal(true)
      .exactOptional()
      .describe('It undoes a skipped command: an operator must undo it by hand and skip with the evidence.'),
  }),
);
export const wayEnd = z.object({
  state: z.string(),
  status,
  complete: z.boolean().describe('False: the preview reached no final state.'),
});

export const plannedMessage = z.object({
  id: z.string(),
  type: z.string(),
  topic: z.string(),
  key: z.string(),
  number: z.int().min(1).exactOptional().describe('Of a command: which of its type in its saga.'),
  again: z.boolean().describe('The same bytes were sent before.'),
  data: z.unknown().optional().describe('Its content as sent; only operators see it.'),
});

export const total = z.object({
  kind: z.string().describe('Such as `money`, `stock`, `coupons` or `mails`.'),
  effect: z.string().describe('Such as `refunded` or `released`.'),
  of: z.string().describe('Of money the currency, else the thing.'),
  quantity: z.int().min(0).describe('Of money in the currency’s minor unit, else pieces.'),
  text: z.string().describe('For people: `EUR 24.90`, `2 of coffee-beans`.'),
});

export const planHashed = z
  .string()
  .regex(PLAN_HASH, 'must be the planHash of a dry run: 64 hexadecimal digits')
  .describe(
    'SHA-256 over what the plan promises: the saga, its revision, the action, each message, the next state.',
  );
/** The plan that a request applies. */
export const approvedPlan = planHashed
  .exactOptional()
  .describe(
    'The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.',
  );

const common = { dryRun: z.literal(true), action: z.enum(ACTIONS) };

export const planAnswer = z
  .discriminatedUnion('outcome', [
    z.object({
      ...common,
      outcome: z.literal('applies'),
      planHash: planHashed,
      state: z.string(),
      status,
      sends: z.array(plannedMessage),
      totals: z
        .array(total)
        .describe('The most that these messages move: an undo takes back what its participant finds done.'),
      holds: z.array(z.string()).describe('Ids of messages the pause would hold back.'),
      afterwards: wayEnd
        .extend({ steps: remainingSteps })
        .describe('What follows from the replies, if all goes well; no part of the hash.'),
    }),
    z.object({
      ...common,
      outcome: z.enum(['refused', 'waits']),
      detail: z.string(),
      sends: z.array(plannedMessage).max(0),
    }),
  ])
  .meta({ id: 'Plan', description: 'The effect of an action, with the exact messages it would send.' });
