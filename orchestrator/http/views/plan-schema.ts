/** What a dry run of an action answers: the way ahead, and what would be sent. */
import * as z from 'zod';
import { ACTIONS } from '#engine/control.ts';
import { status } from './status.ts';

/** The steps still to come, as `wayAhead` finds them. */
export const remainingSteps = z.array(
  z.object({
    commandId: z.string(),
    type: z.string(),
    awaited: z.boolean().describe('It was sent, and its answer is awaited.'),
  }),
);
/** Where they end. */
export const wayEnd = z.object({
  state: z.string(),
  status,
  complete: z.boolean().describe('False: the end could not be foreseen from here.'),
});

const plannedMessage = z.object({
  id: z.string(),
  type: z.string(),
  topic: z.string(),
  again: z.boolean().describe('Sent before under this id, and now once more.'),
  data: z.unknown().optional(),
});

const asked = { dryRun: z.literal(true), action: z.enum(ACTIONS) };

/** What a dry run answers. */
export const planAnswer = z
  .discriminatedUnion('outcome', [
    z.object({
      ...asked,
      outcome: z.literal('applies'),
      state: z.string(),
      status,
      sends: z.array(plannedMessage),
      holds: z.array(z.string()).describe('Ids of what would be held back, for the saga is paused.'),
      afterwards: wayEnd.extend({ steps: remainingSteps }),
    }),
    z.object({
      ...asked,
      outcome: z.enum(['refused', 'waits']),
      detail: z.string(),
      sends: z.array(plannedMessage).max(0),
    }),
  ])
  .meta({ id: 'Plan', description: 'What an action would do, and exactly what it would send.' });
