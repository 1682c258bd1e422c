/** A dead letter as people see it: in a list without its bytes, alone with them. */
import * as z from 'zod';
import type { Letter, ListedLetter } from '#orchestrator/store/dead-letter-store.ts';
import { count, instant, link, nextNumber, uuid, type View } from '#platform/http/schemas.ts';

const origin = z.int().describe('Of the record that was parked; -1: unknown.');

const listed = z
  .object({
    partition: count,
    offset: count,
    sagaId: uuid.nullable().describe('The saga it is about, where its key names one.'),
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

/** A page of dead letters. */
export const letterPage = z
  .object({ items: z.array(listed), nextCursor: nextNumber })
  .meta({ id: 'DeadLetterPage', description: 'Newest first.' });

/** What `letterView` gives. */
export const letterAnswer = listed
  .extend({
    key: z.string().nullable(),
    value: z.string().describe('Its bytes as UTF-8.'),
    base64: z.string().describe('Its bytes as they are.'),
    parkedTimes: count.describe('How often the same bytes were parked from the same topic.'),
  })
  .meta({ id: 'DeadLetter' });

/** What sending a letter again answers. */
export const letterSent = z
  .object({
    dryRun: z.boolean(),
    sends: z.object({ topic: z.string(), key: z.string().nullable(), bytes: count }),
  })
  .meta({ id: 'DeadLetterSent' });

/** A letter in a list. */
export function listedView({ partition, offset, sagaId, ...rest }: ListedLetter): View<typeof listed> {
  const self = `/v1/dead-letters/${partition}/${offset}`;
  const saga = sagaId === null ? {} : { saga: `/v1/sagas/${sagaId}` };
  return { partition, offset, sagaId, ...rest, links: { self, resend: `${self}/resend`, ...saga } };
}

/** A letter with its bytes. */
export function letterView({ key, value, parkedTimes, ...rest }: Letter): View<typeof letterAnswer> {
  const bytes = { key, value: value.toString('utf8'), base64: value.toString('base64') };
  return { ...listedView(rest), ...bytes, parkedTimes };
}
