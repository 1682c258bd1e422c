/** The message by which a dead letter is sent again, and the guard against sending it round and round. */
import type { SendableLetter } from '#orchestrator/store/letter-rows.ts';
import { CONTENT_TYPE, type OutMessage } from '#protocol/envelope.ts';
import { partitionOf } from '#protocol/ids.ts';
import { TOPICS } from '#protocol/topics.ts';

/** A message parked this often would be parked again, so sending it again takes `force`. */
const PARKED_TIMES_MAX = 3;

/** The headers that the publisher gives every message. */
export const SENT_HEADERS = { 'content-type': CONTENT_TYPE } as const;

/** The message, under the letter's key: with the corrected body, if there is one. */
export function outgoing({ originTopic: topic, key, keyBytes, value }: SendableLetter): OutMessage {
  return { topic, key: key ?? '', ...(keyBytes !== undefined && { keyBytes }), value };
}

/** The partition that its key leads to; null: there is no such topic. */
export function partitionFor({ topic, key, keyBytes }: OutMessage): number | null {
  const found = TOPICS.find(({ name }) => name === topic);
  return found === undefined ? null : partitionOf(keyBytes ?? key, found.partitions);
}

/** Why a letter should not be sent; null: nothing speaks against it. A correction after the last sending makes it another message. */
export function whyNot({
  resentAt,
  editedAt,
  discardedAt,
  parkedTimes,
}: Pick<SendableLetter, 'resentAt' | 'editedAt' | 'discardedAt' | 'parkedTimes'>): string | null {
  if (discardedAt !== null) return `It was discarded at ${discardedAt.toISOString()}`;
  if (resentAt !== null && !(editedAt !== null && editedAt > resentAt))
    return `It was sent again at ${resentAt.toISOString()}`;
  if (parkedTimes >= PARKED_TIMES_MAX) return `The same message was parked ${parkedTimes} times`;
  return null;
}

/** Why a letter cannot be sent to its topic at all; null: it can. @param mayWrite whether the brokers let this process */
export async function whyImpossible(
  topic: string,
  mayWrite: (topic: string) => Promise<boolean>,
): Promise<string | null> {
  if (!TOPICS.some(({ name }) => name === topic)) return `There is no topic ${topic}`;
  // Only a topic's own writers may: the API could say otherwise whatever they say.
  if (await mayWrite(topic)) return null;
  return `The brokers do not let this API write ${topic}: send the bytes with Kafka’s tools, as a principal that may`;
}
