/** The views of a dead letter: without its bytes in a list, with them alone. */
import * as z from 'zod';
import type { Letter, ListedLetter } from '#orchestrator/store/dead-letter-store.ts';
import { count, instant, link, nextNumber, uuid, type View } from '#platform/http/schemas.ts';

const origin = z.int().describe('Of the parked record; -1: unknown.');

const listed = z
  .object({
    partition: count,
    offset: count,
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

export const letterAnswer = listed
  .extend({
    key: z.string().nullable(),
    value: z.string().describe('Its bytes as UTF-8.'),
    base64: z.string().describe('Its bytes in base64.'),
    parkedTimes: count.describe('The number of dead letters with the same bytes from the same topic.'),
  })
  .meta({ id: 'DeadLetter' });

export const letterSent = z
  .object({
    dryRun: z.boolean(),
    sends: z.object({ topic: z.string(), key: z.string().nullable(), bytes: count }),
  })
  .meta({ id: 'DeadLetterSent' });

export function listedView({ partition, offset, sagaId, ...rest }: ListedLetter): View<typeof listed> {
  const self = `/v1/dead-letters/${partition}/${offset}`;
  const saga = sagaId === null ? {} : { saga: `/v1/sagas/${sagaId}` };
  return { partition, offset, sagaId, ...rest, links: { self, resend: `${self}/resend`, ...saga } };
}

export function letterView({ key, value, parkedTimes, ...rest }: Letter): View<typeof letterAnswer> {
  const bytes = { key, value: value.toString('utf8'), base64: value.toString('base64') };
  return { ...listedView(rest), ...bytes, parkedTimes };
}
