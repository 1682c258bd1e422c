/** What is answered of sagas: one with all that is known of it, and many in a list. */
import * as z from 'zod';
import { address } from '#participants/shipping/contract.ts';
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
import { orderItem } from '#protocol/order-events.ts';
import { remainingSteps, wayEnd } from './plan-schema.ts';
import { status } from './status.ts';

const UNKNOWN = 'Null: the API does not know the version of its definition.';

/** The mark of a saga that needs a person. */
export const incident = z.object({
  since: instantText,
  code: z.string(),
  text: z.string().exactOptional(),
});
/** What a participant last said when it could not answer yet. */
export const lastFailure = z.object({
  at: instantText,
  commandId: z.string(),
  code: z.string(),
  text: z.string(),
});

/** What one and one of many have alike. */
const common = {
  sagaId: uuid,
  definition: z.string(),
  definitionVersion: z.int(),
  customerId: z.string(),
  status,
  state: z.string().describe('The dotted path of the machine’s state.'),
  stateSince: instant,
  stuck: z.boolean().describe('It needs a person.'),
  stalled: z.boolean().describe('It stands still beyond its state’s normal, and nobody says why.'),
  stalledSince: instant.exactOptional(),
  paused: z.boolean(),
  createdAt: instant,
  endedAt: instant.nullable(),
  revision: z.int().describe('Of its last change of state, context or definition: what If-Match takes.'),
};

const waits = z.object({
  commandId: z.string(),
  type: z.string(),
  kind: z.enum(['forward', 'undo', 'revoke']),
  participant: z.string().optional(),
  since: instant,
  read: z.boolean().describe('Its reader is past it: the step’s clock runs.'),
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
  dueAt: instant,
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

const order = z.object({
  customerId: z.string(),
  items: z.array(orderItem),
  currency,
  amount: minorUnits,
  payment: z.object({ method: z.string() }).exactOptional().describe('For operators.'),
  shippingAddress: address.describe('For viewers the country alone.'),
  couponId: z.string().exactOptional(),
});

/** What `sagaView` gives. */
export const sagaAnswer = z
  .object({
    ...common,
    incident: incident.nullable(),
    lastFailure: lastFailure.nullable(),
    pausedAt: instant.exactOptional(),
    holds: z.array(z.string()).describe('Ids of what is held back while it is paused.'),
    skipped: z.record(z.string(), z.string()).describe('Commands a person did without, with the evidence.'),
    version: z.int().describe('One more with each transition.'),
    waitsFor: z.array(waits).nullable().describe(UNKNOWN),
    timers: z.array(timer).nullable().describe(UNKNOWN),
    stepsDone: z.array(stepDone).nullable().describe(UNKNOWN),
    stepsRemaining: remainingSteps.nullable().describe(UNKNOWN),
    endsAs: wayEnd.partial().describe('Without fields: the API does not know the version of its definition.'),
    context: anyFields.describe('What the saga learned on its way.'),
    order,
    edited: z.array(z.string()).describe('Fields of the order that a person corrected.'),
    links: z.object({ self: link, history: link, actions: link, order: link }),
  })
  .meta({
    id: 'Saga',
    description: 'Where a saga stands, what it waits for, what is done and what is to come.',
  });

/** What `listedView` gives. */
export const listedSaga = z
  .object({
    ...common,
    amount: minorUnits.nullable(),
    currency: currency.nullable(),
    incident: incident.omit({ text: true }).exactOptional(),
    lastFailure: lastFailure.pick({ at: true, code: true }).exactOptional(),
    links: z.object({ self: link }),
  })
  .meta({ id: 'ListedSaga' });

/** A page of sagas. */
export const sagaPage = z
  .object({ items: z.array(listedSaga), nextCursor })
  .meta({ id: 'SagaPage', description: 'Newest first. A page may be short and yet have a next one.' });
