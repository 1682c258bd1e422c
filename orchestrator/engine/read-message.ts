/** Reads a record of an engine input: a valid envelope whose data fits its topic and type, or a dead letter. */
import type * as z from 'zod';
import { checkData, decodeRecord } from '#protocol/codec.ts';
import { noticeData } from '#protocol/contract.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { isUuid } from '#protocol/ids.ts';
import { checkSignature, type ReplyKeys } from '#protocol/reply-signature.ts';
import { SAGA_CONTROL, SAGA_REPLIES } from '#protocol/topics.ts';
import { ACTION, actionData, ORCHESTRATOR, TIMER, timerData } from './control.ts';
import type { Registered } from './definition/definition.ts';
import type { Incoming } from './saga.ts';

/** Every topic the engine reads for some definitions. */
export function engineTopics(definitions: readonly Registered[]): string[] {
  const topics = new Set([SAGA_CONTROL, SAGA_REPLIES]);
  for (const definition of definitions) {
    topics.add(definition.events[definition.startedBy]?.topic ?? '');
    for (const reply of definition.replies.values()) topics.add(reply.topic);
  }
  return [...topics];
}

/** Every topic of replies: a time-out waits until the engine has read them. */
export function replyTopics(definition: Registered): string[] {
  return [...new Set([SAGA_REPLIES, ...[...definition.replies.values()].map((reply) => reply.topic)])];
}

/**
 * One record as an incoming message.
 * @param keys the participants' keys, where they sign what they send on the topic that they share
 * @throws TerminalError naming the defect
 */
export function readIncoming(
  definitions: readonly Registered[],
  record: InRecord,
  keys: ReplyKeys | null = null,
): Incoming {
  const envelope = decodeRecord(record);
  const { type, subject } = envelope;
  if (!isUuid(subject) || record.key !== subject) {
    throw new TerminalError('wrong-key', 'the key and the subject must both be the saga id');
  }
  const { schema, source } = promised(definitions, type, record.topic);
  if (envelope.source !== source) {
    throw new TerminalError(
      'foreign-source',
      `${type} must come from ${source}, not from ${envelope.source}`,
    );
  }
  if (keys !== null && record.topic === SAGA_REPLIES) checkSignature(keys, source.slice(1), record);
  const data = checkData(schema, envelope);
  const { topic, partition, offset } = record;
  return { envelope: { ...envelope, data }, origin: { topic, partition, offset } };
}

/** A type's schema on a topic, and the only source that may send it. */
function promised(
  definitions: readonly Registered[],
  type: string,
  topic: string,
): { schema: z.ZodType; source: string } {
  if (topic === SAGA_CONTROL) {
    if (type === TIMER) return { schema: timerData, source: ORCHESTRATOR };
    if (type === ACTION) return { schema: actionData, source: ORCHESTRATOR };
  } else {
    for (const definition of definitions) {
      const event = type === definition.startedBy ? definition.events[type] : undefined;
      if (event?.topic === topic) return { schema: event.schema, source: ORCHESTRATOR };
      const reply = definition.replies.get(type);
      if (reply?.topic === topic) return { schema: reply.schema, source: `/${reply.contract.name}` };
      if (topic === SAGA_REPLIES && definition.notices.has(type))
        return { schema: noticeData, source: `/${type.split('.')[0]}` };
    }
  }
  throw new TerminalError('unknown-type', `${type} does not belong on ${topic}`);
}
