/** The schemas of a saga's history. */
import * as z from 'zod';
import { ACTIONS } from '#engine/control.ts';
import { anyFields, count, instant, instantText, uuid } from '#platform/http/schemas.ts';
import { actionAnswer } from './action.ts';
import { incidentEntry } from './incidents.ts';
import { patchOperation } from './json-diff.ts';
import { incident, lastFailure, traceIdText } from './saga-schema.ts';

const change = z
  .object({
    context: anyFields.describe('The context after the transition.'),
    contextPatch: z
      .array(patchOperation)
      .describe('The change of the context as a JSON Patch (RFC 6902); each `test` carries an old value.'),
    stuck: incident.nullable().describe('Null: the incident ended.'),
    lastFailure,
    gaveUp: z.array(z.string()).describe('Commands given up. A late success is still compensated.'),
    paused: z.boolean(),
    braked: z
      .object({ brakeId: z.string(), command: z.string() })
      .describe('It came to a command that a brake holds, and is paused by it.'),
    held: z.array(z.string()).describe('Ids of messages held back by the pause.'),
    skipped: z.object({ commandId: z.string(), evidence: z.string() }),
    edited: z.array(z.string()).describe('The names of corrected fields.'),
    migrated: z
      .object({ from: z.int(), to: z.int() })
      .describe('From one version of its definition to another.'),
  })
  .partial();

/** With `messages`: the data as far as the reader may see it. */
const visible = {
  data: z.unknown().optional().describe('Viewers read no personal field of it.'),
  hidden: z.array(z.string()).exactOptional().describe('The names of its hidden fields.'),
};

const received = z.object({
  id: z.string(),
  source: z.string(),
  time: instantText,
  commandId: z.string().exactOptional().describe('The command it answers.'),
  ...visible,
  origin: z
    .object({ topic: z.string(), partition: z.int(), offset: z.int() })
    .exactOptional()
    .describe('Where the engine read it.'),
  traceparent: z.string().exactOptional().describe('Its W3C trace context.'),
});

const sent = z.object({
  id: z.string(),
  type: z.string().exactOptional(),
  topic: z.string().exactOptional(),
  again: z.boolean().describe('The same bytes were sent before.'),
  deadline: instantText.exactOptional(),
  ...visible,
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
  hash: z
    .string()
    .exactOptional()
    .describe('Its hash in the saga’s chain; an entry of a build before the chain has none.'),
  erasedBy: uuid.exactOptional().describe('The entry of the audit by which its messages were erased.'),
});

const unmatched = z.object({
  kind: z.literal('unmatched'),
  at: instant,
  messageId: z.string(),
  type: z.string(),
  reason: z.string(),
  lastAt: instant,
  count,
  ...visible,
});

const repeat = unmatched.omit({ kind: true, reason: true }).extend({
  kind: z.literal('repeat'),
  version: z.int().exactOptional().describe('The transition that took it.'),
});

const resend = z.object({ kind: z.literal('resend'), at: instant, commandId: z.string() });

const action = actionAnswer.extend({ kind: z.literal('action'), at: instant });

export const historyEvent = z.discriminatedUnion('kind', [
  transition.describe('A message moved the saga.'),
  unmatched.describe('A message matched nothing the saga awaits: it was recorded, and changed nothing.'),
  repeat.describe('A message that the saga had taken came again, from another offset: it changed nothing.'),
  resend.describe('The sweeper sent a command again.'),
  action.describe('A person’s action that waits, or was refused.'),
]);

export const historyAnswer = z
  .object({
    sagaId: uuid,
    traceId: traceIdText,
    why: z.string().describe('Why it is where it is now, in one sentence.'),
    truncated: z.boolean().describe('Older transitions are not shown: read them with `before`.'),
    incidents: z
      .array(incidentEntry)
      .describe('In the order in which they were raised, as far as the transitions shown tell.'),
    events: z.array(historyEvent),
  })
  .meta({ id: 'SagaHistory', description: 'Oldest first.' });
