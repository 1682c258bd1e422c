/** The schemas of sagas: one in full, and many in a list. */
import * as z from 'zod';
import {
  anyFields,
  count,
  currency,
  instant,
  instantText,
  link,
  minorUnits,
  nextCursor,
  uuid,
} from '#platform/http/schemas.ts';
import { remainingSteps, wayEnd } from './plan-schema.ts';
import { status } from './status.ts';

const UNKNOWN = 'Null: this API does not run the version of its definition.';

export const traceIdText = z
  .string()
  .describe(
    'The id (W3C) of its trace: the caller’s, or ours where its spans are recorded, else the digits of its id.',
  );

/** Whose failure it is, and the group of failures like it. */
const group = {
  participant: z.string().exactOptional().describe('The participant that failed, or `orchestrator`.'),
  fingerprint: z
    .string()
    .exactOptional()
    .describe('Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.'),
};

/** Why a saga is stuck. */
export const incident = z.object({
  ...group,
  since: instantText,
  code: z.string(),
  text: z.string().exactOptional(),
  about: z
    .string()
    .exactOptional()
    .describe(
      'The command a participant raised it about: it stays open until that is undone or vouched for.',
    ),
});
/** The last failure a participant reported while a command was open. */
export const lastFailure = z.object({
  at: instantText,
  commandId: z.string(),
  code: z.string(),
  text: z.string(),
  ...group,
});

/** The fields of both views. */
const common = {
  sagaId: uuid,
  definition: z.string(),
  definitionVersion: z.int(),
  customerId: z.string(),
  status,
  state: z.string().describe('The dotted path of the machine’s state.'),
  stateSince: instant,
  stuck: z.boolean().describe('It needs a person.'),
  stalled: z.boolean().describe('It stays in its state longer than normal, and no failure explains it.'),
  stalledSince: instant.exactOptional(),
  paused: z.boolean(),
  createdAt: instant,
  endedAt: instant.nullable(),
  revision: z.int().describe('Rises with each change of state, context or definition. If-Match takes it.'),
};

const waits = z.object({
  commandId: z.string(),
  type: z.string(),
  kind: z.enum(['forward', 'undo', 'revoke']),
  participant: z.string().optional(),
  since: instant,
  read: z.boolean().describe('Its participant has read it: the step’s clock runs.'),
  readAt: instant.nullable(),
  attempts: count,
  resentAt: z.array(instant),
  nextResendAt: instant.nullable(),
  deadline: instant.exactOptional(),
  undoes: z.array(z.string()).exactOptional(),
});

const timer = z.object({
  name: z.string(),
  generation: count,
  delayMs: z.number(),
  dueAt: instant.describe('Of a paused saga: if it had gone on.'),
  leftMs: count
    .exactOptional()
    .describe('Of a paused saga, whose clocks stand: what is left when it is resumed.'),
  waitsToBeRead: z.boolean(),
});

const stepDone = z.object({
  commandId: z.string(),
  type: z.string(),
  answer: z.string(),
  succeeded: z.boolean(),
  at: instant,
  late: z.boolean().describe('Answered after the saga had ended.'),
});

export const sagaAnswer = z
  .object({
    ...common,
    incident: incident.nullable(),
    lastFailure: lastFailure.nullable(),
    pausedAt: instant.exactOptional(),
    brake: z
      .object({ brakeId: z.string(), command: z.string() })
      .exactOptional()
      .describe('The brake that pauses it, and the type of the command that it holds.'),
    holds: z.array(z.string()).describe('Ids of messages the pause holds back.'),
    skipped: z.record(z.string(), z.string()).describe('Skipped commands, with the evidence.'),
    version: z.int().describe('One more with each transition.'),
    why: z
      .string()
      .describe('Why it is where it is, in one sentence; `/why` has the evidence and a forecast.'),
    waitsFor: z.array(waits).nullable().describe(UNKNOWN),
    timers: z.array(timer).nullable().describe(UNKNOWN),
    stepsDone: z.array(stepDone).nullable().describe(UNKNOWN),
    stepsRemaining: remainingSteps.nullable().describe(UNKNOWN),
    endsAs: wayEnd.partial().describe('Empty: this API does not run the version of its definition.'),
    context: anyFields.describe('The results of its steps.'),
    order: anyFields.describe('Its input. Viewers read only the fields its definition shows.'),
    edited: z.array(z.string()).describe('The names of corrected fields of the input.'),
    traceId: traceIdText,
    links: z.object({ self: link, history: link, why: link, actions: link, order: link }),
  })
  .meta({
    id: 'Saga',
    description: 'A saga in full: its state, the commands it awaits, its finished and its remaining steps.',
  });

export const listedSaga = z
  .object({
    ...common,
    amount: minorUnits.nullable(),
    currency: currency.nullable(),
    incident: incident.omit({ text: true }).exactOptional(),
    lastFailure: lastFailure.omit({ text: true, commandId: true }).exactOptional(),
    links: z.object({ self: link }),
  })
  .meta({ id: 'ListedSaga' });

export const sagaPage = z.object({ items: z.array(listedSaga), nextCursor }).meta({
  id: 'SagaPage',
  description: 'In the order of the request. A short page may still have a next one.',
});

export const sagaStarted = z
  .object({ sagaId: uuid, status: z.literal('running'), links: z.object({ self: link }) })
  .meta({ id: 'SagaStarted', description: 'A stored saga.' });
