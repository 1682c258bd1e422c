/** The schemas of a previewed action. */
import * as z from 'zod';
import { ACTIONS } from '#engine/control.ts';
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

const plannedMessage = z.object({
  id: z.string(),
  type: z.string(),
  topic: z.string(),
  again: z.boolean().describe('The same bytes were sent before.'),
  data: z.unknown().optional(),
});

const common = { dryRun: z.literal(true), action: z.enum(ACTIONS) };

export const planAnswer = z
  .discriminatedUnion('outcome', [
    z.object({
      ...common,
      outcome: z.literal('applies'),
      state: z.string(),
      status,
      sends: z.array(plannedMessage),
      holds: z.array(z.string()).describe('Ids of messages the pause would hold back.'),
      afterwards: wayEnd.extend({ steps: remainingSteps }),
    }),
    z.object({
      ...common,
      outcome: z.enum(['refused', 'waits']),
      detail: z.string(),
      sends: z.array(plannedMessage).max(0),
    }),
  ])
  .meta({ id: 'Plan', description: 'The effect of an action, with the exact messages it would send.' });
