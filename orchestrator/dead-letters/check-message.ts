/** Checks a corrected message as its reader will: envelope, key, and the data of its type on its topic. */
import type { Registered } from '#engine/definition/definition.ts';
import { engineTopics, readIncoming } from '#engine/read-message.ts';
import { checkData, decodeRecord } from '#protocol/codec.ts';
import type { Contract } from '#protocol/contract.ts';
import type { Envelope, InRecord } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { commandTypeOf, eventId, isUuid } from '#protocol/ids.ts';

/** The fields of an envelope by which readers know a message again: changing one makes it another message. */
export const IDENTITY = ['id', 'type', 'source', 'subject', 'commandid'] as const;

/** Whether this process knows the schemas of a topic. */
export function isKnownTopic(definitions: readonly Registered[], topic: string): boolean {
  return (
    engineTopics(definitions).includes(topic) ||
    channelOf(definitions, topic) !== undefined ||
    eventsOn(definitions, topic).length > 0
  );
}

/**
 * Checks a record of a topic.
 * @throws TerminalError naming the fault, as its reader would
 */
export function checkMessage(definitions: readonly Registered[], record: InRecord): Envelope {
  if (engineTopics(definitions).includes(record.topic)) return readIncoming(definitions, record).envelope;
  const envelope = decodeRecord(record);
  const { id, type, subject } = envelope;
  if (!isUuid(subject) || record.key !== subject)
    throw new TerminalError('wrong-key', 'the key and the subject must both be the saga id');
  const contract = channelOf(definitions, record.topic);
  if (contract !== undefined) {
    const command = contract.commands[type];
    if (command === undefined)
      throw new TerminalError('unknown-type', `${contract.name} has no command ${type}`);
    if (commandTypeOf(id, subject) !== type)
      throw new TerminalError('invalid-data', `the id ${id} is no id of a ${type} of this saga`);
    checkData(command.data, envelope);
    return envelope;
  }
  const event = eventsOn(definitions, record.topic).find(([name]) => name === type);
  if (event === undefined)
    throw new TerminalError('unknown-type', `${type} does not belong on ${record.topic}`);
  if (id !== eventId(subject, type))
    throw new TerminalError('invalid-data', `${id} is no id of a ${type} of this order`);
  checkData(event[1], envelope);
  return envelope;
}

function channelOf(definitions: readonly Registered[], topic: string): Contract | undefined {
  return definitions.flatMap(({ contracts }) => contracts).find(({ channel }) => channel === topic);
}

function eventsOn(definitions: readonly Registered[], topic: string) {
  return definitions.flatMap(({ events }) =>
    Object.entries(events).flatMap(([type, event]) =>
      event.topic === topic ? [[type, event.schema] as const] : [],
    ),
  );
}

/** What a changed identity means, one sentence a field; none: the message stays the one it is. */
export function identityChanges(before: unknown, after: Envelope): string[] {
  if (typeof before !== 'object' || before === null)
    return [
      'The original cannot be read, so nobody knows under which id it was sent: if a message of the new id was handled already, this one is taken for its repeat; if the step was done under another id, it may be done twice.',
    ];
  const fields = before as Readonly<Record<string, unknown>>;
  return IDENTITY.filter((name) => fields[name] !== after[name]).map(
    (name) =>
      `${name}: ${JSON.stringify(fields[name])} becomes ${JSON.stringify(after[name])}. ${MEANS[name]}`,
  );
}

const MEANS: Readonly<Record<(typeof IDENTITY)[number], string>> = {
  id: 'Readers know a repeat by its id: what the original has done may be done a second time.',
  type: 'Its reader does another thing than the original requested.',
  source: 'Its reader takes it from another sender.',
  subject: 'It concerns another saga.',
  commandid: 'It answers another command.',
};
