/** The plans of what people do about a dead letter: what would be sent, kept or discarded, with the hash of that promise. */
import { hash } from 'node:crypto';
import * as z from 'zod';
import { outgoing, partitionFor, SENT_HEADERS } from '#orchestrator/dead-letters/outgoing.ts';
import { readable } from '#orchestrator/dead-letters/readable.ts';
import type { SendableLetter } from '#orchestrator/store/letter-rows.ts';
import { planHashText } from '#platform/http/plan-contract.ts';
import { count, link, type View } from '#platform/http/schemas.ts';
import { planHash } from '#protocol/plan-hash.ts';
import { differencesOf, key, keyView, letterDifferences, readableBody } from './dead-letter.ts';

const sentMessage = z.object({
  topic: z.string(),
  partition: count.nullable().describe('Where its key leads; null: there is no such topic.'),
  ...key,
  headers: z.record(z.string(), z.string()),
  body: readableBody,
  base64: z.string().describe('The bytes that are sent.'),
  bytes: count,
});

export const letterSent = z
  .object({
    dryRun: z.boolean(),
    sends: z.object({ topic: z.string(), ...key, bytes: count }),
    message: sentMessage,
    isEdited: z.boolean().describe('It is the corrected body.'),
    planHash: planHashText,
    links: z.object({ self: link }),
  })
  .meta({ id: 'DeadLetterSent', description: 'What is sent, to the last byte.' });

export const letterEdited = z
  .object({
    dryRun: z.boolean(),
    differences: letterDifferences,
    message: sentMessage.describe('What sending it again would send.'),
    changesIdentity: z
      .array(z.string())
      .describe('What it means that the message becomes another one; empty: it stays the one it is.'),
    planHash: planHashText,
    links: z.object({ self: link }),
  })
  .meta({ id: 'DeadLetterEdited', description: 'A corrected body, kept beside the original one.' });

export const letterDiscarded = z
  .object({
    dryRun: z.boolean(),
    state: z.literal('discarded'),
    planHash: planHashText,
    links: z.object({ self: link }),
  })
  .meta({ id: 'DeadLetterDiscarded' });

export const selfOf = ({ partition, offset }: Pick<SendableLetter, 'partition' | 'offset'>) =>
  `/v1/dead-letters/${partition}/${offset}`;

/** The plan of sending a letter again. */
export function sendPlan(letter: SendableLetter, force: boolean): Omit<View<typeof letterSent>, 'dryRun'> {
  const message = messageOf(letter);
  const { topic, bytes } = message;
  return {
    sends: { topic, ...keyView(letter), bytes },
    message,
    isEdited: letter.edits > 0,
    planHash: planHash({ act: 'send', ...promised(letter), force }),
    links: { self: selfOf(letter) },
  };
}

/** The plan of a correction. @param value the corrected body */
export function editPlan(
  letter: SendableLetter,
  value: Buffer,
  changesIdentity: readonly string[],
): Omit<View<typeof letterEdited>, 'dryRun'> {
  const corrected = { ...letter, value };
  return {
    differences: differencesOf(letter.original, value),
    message: messageOf(corrected),
    changesIdentity,
    planHash: planHash({ act: 'edit', ...promised(corrected) }),
    links: { self: selfOf(letter) },
  };
}

/** The plan of discarding a letter. */
export function discardPlan(letter: SendableLetter): Omit<View<typeof letterDiscarded>, 'dryRun'> {
  const { resentAt, discardedAt } = letter;
  return {
    state: 'discarded',
    planHash: planHash({
      ...{ act: 'discard', ...promised(letter) },
      ...{ resentAt: resentAt?.toJSON() ?? null, discardedAt: discardedAt?.toJSON() ?? null },
    }),
    links: { self: selfOf(letter) },
  };
}

function messageOf(letter: SendableLetter): View<typeof sentMessage> {
  const message = outgoing(letter);
  const { value } = letter;
  return {
    topic: message.topic,
    partition: partitionFor(message),
    ...keyView(letter),
    headers: SENT_HEADERS,
    body: readable(value, true),
    base64: value.toString('base64'),
    bytes: value.length,
  };
}

/** What a plan promises of its message; `edits` tells a correction from one that was taken back. */
function promised(letter: SendableLetter) {
  const { partition, offset, originTopic: topic, edits, value } = letter;
  return {
    partition,
    offset,
    topic,
    ...keyView(letter),
    headers: SENT_HEADERS,
    edits,
    body: hash('sha256', value),
  };
}
