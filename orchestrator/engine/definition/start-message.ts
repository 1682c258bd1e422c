/** The row a saga starts as, and the event that starts it: intake and the sweeper publish the same bytes. */
import { encode } from '#protocol/codec.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';
import { eventId } from '#protocol/ids.ts';
import { continued } from '#protocol/trace.ts';
import { controlEnvelope } from '../control.ts';
import { NOTHING_PENDING, type SagaRow } from '../saga.ts';
import type { Registered, SagaDefinition } from './definition.ts';

type Born = Pick<SagaRow, 'id' | 'input' | 'context' | 'createdAt' | 'traceparent'>;

type NewSaga = Pick<SagaRow, 'id' | 'partition' | 'input' | 'createdAt' | 'traceparent'>;

/** The row of a saga before its first message. */
export function newSaga(
  definition: Registered,
  { id, partition, input, createdAt, traceparent }: NewSaga,
): SagaRow {
  const state = definition.initialState;
  return {
    id,
    definition: definition.name,
    definitionVersion: definition.version,
    partition,
    customerId: definition.customerOf(input),
    input,
    createdAt,
    version: 0,
    revision: 0,
    state,
    status: definition.statusOf(state),
    context: startContext(definition, input),
    pending: NOTHING_PENDING,
    stuck: null,
    lastFailure: null,
    paused: false,
    stateSince: createdAt,
    endedAt: null,
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** The context a saga starts with: an object, as `defineSaga` requires. */
export function startContext(definition: SagaDefinition, input: unknown): SagaRow['context'] {
  return definition.begin(input) as SagaRow['context'];
}

/** The topic of the event that starts a definition's sagas. */
export function startTopic(definition: SagaDefinition): string {
  return startEvent(definition).topic;
}

/** Depends only on columns that intake writes and nothing changes, so every process builds the same bytes at any time. */
export function startEnvelope(definition: SagaDefinition, row: Born): Envelope {
  const { startedBy } = definition;
  const data = startEvent(definition).data(row.input, row.context);
  const id = eventId(row.id, startedBy);
  const envelope = controlEnvelope(row.id, id, startedBy, data, row.createdAt.getTime());
  const traceparent = continued(row.traceparent, id);
  return traceparent === undefined ? envelope : { ...envelope, traceparent };
}

/** The same as the message to publish. */
export function startMessage(definition: SagaDefinition, row: Born): OutMessage {
  return { topic: startTopic(definition), key: row.id, value: encode(startEnvelope(definition, row)) };
}

function startEvent({ name, startedBy, events }: SagaDefinition): SagaDefinition['events'][string] {
  const event = events[startedBy];
  if (event === undefined) throw new Error(`${name} is started by ${startedBy}, no event of its own`);
  return event;
}
