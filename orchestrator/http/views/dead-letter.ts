/** The views of a dead letter: without its bytes in a list, with them alone. */
import * as z from 'zod';
import type { Letter, ListedLetter } from '#orchestrator/store/dead-letter-store.ts';
import { count, instant, link, nextNumber, uuid, type View } from '#platform/http/schemas.ts';
import { readTraceparent, traceIdOfSaga } from '#protocol/trace.ts';
import { traceIdText } from './saga-schema.ts';

const origin = z.int().describe('Of the parked record; -1: unknown.');

const listed = z
  .object({
    partition: count,
    offset: count.describe('In the topic; where that was deleted and created anew, 2^40 more each time.'),
    sagaId: uuid.nullable().describe('Null: its key is no saga’s id.'),
    parkedBy: z.string(),
    parkedAt: instant,
    reason: z.string(),
    text: z.string(),
    originTopic: z.string(),
    originPartition: origin,
    originOffset: origin,
    resentAt: instant.nullable(),
    links: z.object({ self: link, resend: link, saga: link.exactOptional() }),
  })
  .meta({ id: 'ListedDeadLetter' });

export const letterPage = z
  .object({ items: z.array(listed), nextCursor: nextNumber })
  .meta({ id: 'DeadLetterPage', description: 'Newest first.' });

const key = {
  key: z.string().nullable().describe('With U+FFFD in place of what is not UTF-8.'),
  keyBase64: z.string().exactOptional().describe('Its bytes in base64: only where they are not UTF-8.'),
};

export const letterAnswer = listed
  .extend({
    ...key,
    value: z.string().describe('Its bytes as UTF-8.'),
    base64: z.string().describe('Its bytes in base64.'),
    traceId: traceIdText
      .nullable()
      .describe('The id (W3C) of its trace; null: it bears none, and is of no saga.'),
    parkedTimes: count.describe('The number of dead letters with the same bytes from the same topic.'),
  })
  .meta({ id: 'DeadLetter' });

export const letterSent = z
  .object({
    dryRun: z.boolean(),
    sends: z.object({ topic: z.string(), ...key, bytes: count }),
  })
  .meta({ id: 'DeadLetterSent' });

export function listedView({ partition, offset, sagaId, ...rest }: ListedLetter): View<typeof listed> {
  const self = `/v1/dead-letters/${partition}/${offset}`;
  const saga = sagaId === null ? {} : { saga: `/v1/sagas/${sagaId}` };
  return { partition, offset, sagaId, ...rest, links: { self, resend: `${self}/resend`, ...saga } };
}

/** Its key, with the bytes of one that is not UTF-8. */
export function keyView({ key, keyBytes }: Pick<Letter, 'key' | 'keyBytes'>) {
  return { key, ...(keyBytes !== undefined && { keyBase64: keyBytes.toString('base64') }) };
}

export function letterView(letter: Letter): View<typeof letterAnswer> {
  const { key: _key, keyBytes: _keyBytes, value, parkedTimes, ...rest } = letter;
  const texts = { value: value.toString('utf8'), base64: value.toString('base64') };
  return { ...listedView(rest), ...keyView(letter), ...texts, traceId: traceOf(letter), parkedTimes };
}

/** What cannot be decoded may still show its trace. */
function traceOf({ sagaId, value }: Letter): string | null {
  const [, traceparent] = /"traceparent"\s*:\s*"([^"]{1,100})"/.exec(value.toString('latin1')) ?? [];
  return readTraceparent(traceparent)?.traceId ?? (sagaId === null ? null : traceIdOfSaga(sagaId));
}
