/** The event that begins a saga, as a message: the same bytes whether intake publishes it or the sweeper does. */
import { encode } from '#protocol/codec.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';
import { eventId } from '#protocol/ids.ts';
import { controlEnvelope } from '../control.ts';
import type { SagaRow } from '../saga.ts';
import type { SagaDefinition } from './definition.ts';

type Born = Pick<SagaRow, 'id' | 'input' | 'context' | 'createdAt'>;

/** The topic of the event that begins a definition's sagas. */
export function startTopic(definition: SagaDefinition): string {
  const event = definition.events[definition.startedBy];
  if (event === undefined)
    throw new Error(`${definition.name} is started by ${definition.startedBy}, no event of its own`);
  return event.topic;
}

/** Built from what the row holds from its birth on, so it is the same whoever builds it, and whenever. */
export function startEnvelope(definition: SagaDefinition, row: Born): Envelope {
  const { startedBy, events } = definition;
  const data = events[startedBy]?.data(row.input as never, row.context as never);
  return controlEnvelope(row.id, eventId(row.id, startedBy), startedBy, data, row.createdAt.getTime());
}

/** The same as the message to publish. */
export function startMessage(definition: SagaDefinition, row: Born): OutMessage {
  return { topic: startTopic(definition), key: row.id, value: encode(startEnvelope(definition, row)) };
}
