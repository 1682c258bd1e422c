/** The schemas of a saga's history. */
import * as z from 'zod';
import { ACTIONS } from '#engine/control.ts';
import { anyFields, count, instant, instantText, uuid } from '#platform/http/schemas.ts';
import { actionAnswer } from './action.ts';
import { incident, lastFailure } from './saga-schema.ts';

const change = z
  .object({
    context: anyFields,
    stuck: incident.nullable().describe('Null: the incident ended.'),
    lastFailure,
    gaveUp: z.array(z.string()).describe('Commands given up. A late success is still compensated.'),
    paused: z.boolean(),
    held: z.array(z.string()).describe('Ids of messages held back by the pause.'),
    skipped: z.object({ commandId: z.string(), evidence: z.string() }),
    edited: z.array(z.string()).describe('The names of corrected fields.'),
    migrated: z
      .object({ from: z.int(), to: z.int() })
      .describe('From one version of its definition to another.'),
  })
  .partial();

const received = z.object({
  id: z.string(),
  source: z.string(),
  time: instantText,
  commandId: z.string().exactOptional().describe('The command it answers.'),
  data: z.unknown().optional(),
});

const sent = z.object({
  id: z.string(),
  type: z.string().exactOptional(),
  topic: z.string().exactOptional(),
  again: z.boolean().describe('The same bytes were sent before.'),
});

const transition = z.object({
  kind: z.literal('transition'),
  at: instant,
  version: z.int(),
  type: z.string(),
  from: z.string(),
  to: z.string(),
  received,
  actionId: uuid.exactOptional(),
  action: z.enum(ACTIONS).exactOptional(),
  actor: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  change,
  sent: z.array(sent),
});

const unmatched = z.object({
  kind: z.literal('unmatched'),
  at: instant,
  messageId: z.string(),
  type: z.string(),
  reason: z.string(),
  lastAt: instant,
  count,
});

const resend = z.object({ kind: z.literal('resend'), at: instant, commandId: z.string() });

const action = actionAnswer.extend({ kind: z.literal('action'), at: instant });

export const historyEvent = z.discriminatedUnion('kind', [
  transition.describe('A message moved the saga.'),
  unmatched.describe('A message matched nothing the saga awaits: it was recorded, and changed nothing.'),
  resend.describe('The sweeper sent a command again.'),
  action.describe('A person’s action that waits, or was refused.'),
]);

export const historyAnswer = z
  .object({
    sagaId: uuid,
    truncated: z.boolean().describe('Older transitions are not shown.'),
    events: z.array(historyEvent),
  })
  .meta({ id: 'SagaHistory', description: 'Oldest first.' });
