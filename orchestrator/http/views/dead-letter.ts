/** The views of a dead letter: without its bytes in a list, with them alone; and of groups of letters. */
import * as z from 'zod';
import { jsonIn, readable } from '#orchestrator/dead-letters/readable.ts';
import type { Letter, ListedLetter } from '#orchestrator/store/dead-letter-store.ts';
import { LETTER_STATES, letterState } from '#orchestrator/store/letter-rows.ts';
import type { LetterGroup, SagaOfLetter } from '#orchestrator/store/letter-work.ts';
import { count, instant, link, nextNumber, uuid, type View } from '#platform/http/schemas.ts';
import { readTraceparent, traceIdOfSaga } from '#protocol/trace.ts';
import { DIFFERENCES_MAX, differences } from './json-diff.ts';
import { traceIdText } from './saga-schema.ts';
import { status } from './status.ts';

const origin = z.int().describe('Of the parked record; -1: unknown.');
export const letterStateText = z
  .enum(LETTER_STATES)
  .describe('open: nobody has dealt with it; resent: it was sent again; discarded: nobody will send it.');
const groupId = z
  .string()
  .describe(
    'Letters of one group share topic, sender, reason and text, but for ids, numbers and quoted values.',
  );
const groupText = z.string().describe('The text with # in place of ids, numbers and quoted values.');

const listed = z
  .object({
    partition: count,
    offset: count.describe('In the topic; where that was deleted and created anew, 2^40 more each time.'),
    sagaId: uuid.nullable().describe('Null: neither its key nor its body names a saga.'),
    saga: z
      .object({ status, state: z.string(), stuck: z.boolean() })
      .nullable()
      .describe('Its saga as it is now; null: there is none.'),
    parkedBy: z.string(),
    parkedAt: instant,
    reason: z.string(),
    text: z.string(),
    originTopic: z.string(),
    originPartition: origin,
    originOffset: origin,
    state: letterStateText,
    groupId,
    resentAt: instant.nullable(),
    discardedAt: instant.nullable(),
    editedAt: instant.nullable().describe('When its body was corrected last; null: never.'),
    links: z.object({
      self: link,
      message: link,
      resend: link,
      edit: link,
      discard: link,
      saga: link.exactOptional(),
    }),
  })
  .meta({ id: 'ListedDeadLetter' });

export const letterPage = z
  .object({ items: z.array(listed), nextCursor: nextNumber })
  .meta({ id: 'DeadLetterPage', description: 'Newest first.' });

export const key = {
  key: z.string().nullable().describe('With U+FFFD in place of what is not UTF-8.'),
  keyBase64: z.string().exactOptional().describe('Its bytes in base64: only where they are not UTF-8.'),
};

export const readableBody = z
  .discriminatedUnion('format', [
    z.object({ format: z.literal('json'), json: z.unknown() }),
    z.object({ format: z.enum(['text', 'hex']), text: z.string(), truncated: z.boolean() }),
    z.object({ format: z.literal('hidden') }),
  ])
  .meta({
    id: 'ReadableBody',
    description:
      'Bytes as a person reads them. hidden: it is no message, so nobody knows which of it is personal.',
  });

const difference = z.object({
  pointer: z.string().describe('RFC 6901.'),
  kind: z.enum(['added', 'removed', 'changed']),
  before: z.unknown(),
  after: z.unknown(),
});
export const letterDifferences = z
  .array(difference)
  .describe('Where the corrected body differs, field by field; of one that was no JSON the whole text.');

export const letterAnswer = listed
  .extend({
    ...key,
    value: z.string().describe('Its bytes as UTF-8, as they were parked.'),
    base64: z.string().describe('Its bytes in base64, as they were parked.'),
    message: readableBody,
    edited: z
      .object({ edits: count, message: readableBody, base64: z.string(), differences: letterDifferences })
      .nullable()
      .describe('The corrected body, which is sent instead; null: there is none.'),
    traceId: traceIdText
      .nullable()
      .describe('The id (W3C) of its trace; null: it bears none, and is of no saga.'),
    parkedTimes: count.describe('The number of dead letters with the same bytes from the same topic.'),
    groupText,
  })
  .meta({ id: 'DeadLetter' });

export const letterMessage = z
  .object({ partition: count, offset: count, original: readableBody, edited: readableBody.nullable() })
  .meta({ id: 'DeadLetterMessage', description: 'Viewers read no personal field of it.' });

export const letterGroups = z
  .object({
    items: z.array(
      z.object({
        groupId,
        groupText,
        originTopic: z.string(),
        parkedBy: z.string(),
        reason: z.string(),
        letters: count,
        oldestAt: instant,
        newestAt: instant,
        sample: z.object({
          partition: count,
          offset: count,
          text: z.string(),
          links: z.object({ self: link }),
        }),
        links: z.object({ letters: link }),
      }),
    ),
    isComplete: z
      .boolean()
      .describe('False: only the newest letters were grouped, so counts are lower bounds.'),
  })
  .meta({ id: 'DeadLetterGroups', description: 'The largest first.' });

export function listedView(
  { partition, offset, sagaId, groupText: _, ...rest }: ListedLetter,
  sagas: ReadonlyMap<string, SagaOfLetter>,
): View<typeof listed> {
  const self = `/v1/dead-letters/${partition}/${offset}`;
  const found = sagaId === null ? undefined : sagas.get(sagaId);
  return {
    partition,
    offset,
    sagaId,
    saga: (found as View<typeof listed>['saga'] | undefined) ?? null,
    ...rest,
    state: letterState(rest),
    links: {
      self,
      message: `${self}/message`,
      resend: `${self}/resend`,
      edit: `${self}/edit`,
      discard: `${self}/discard`,
      ...(sagaId !== null && { saga: `/v1/sagas/${sagaId}` }),
    },
  };
}

/** Its key, with the bytes of one that is not UTF-8. */
export function keyView({ key, keyBytes }: Pick<Letter, 'key' | 'keyBytes'>) {
  return { key, ...(keyBytes !== undefined && { keyBase64: keyBytes.toString('base64') }) };
}

export function letterView(
  letter: Letter,
  sagas: ReadonlyMap<string, SagaOfLetter>,
): View<typeof letterAnswer> {
  const { key: _key, keyBytes: _keyBytes, value, editedValue, edits, parkedTimes, ...rest } = letter;
  return {
    ...listedView(rest, sagas),
    ...keyView(letter),
    value: value.toString('utf8'),
    base64: value.toString('base64'),
    message: readable(value, true),
    edited:
      editedValue === null
        ? null
        : {
            edits,
            message: readable(editedValue, true),
            base64: editedValue.toString('base64'),
            differences: differencesOf(value, editedValue),
          },
    traceId: traceOf(letter),
    parkedTimes,
    groupText: rest.groupText,
  };
}

export function messageView(letter: Letter, seesAll: boolean): View<typeof letterMessage> {
  const { partition, offset, value, editedValue } = letter;
  return {
    partition,
    offset,
    original: readable(value, seesAll),
    edited: editedValue === null ? null : readable(editedValue, seesAll),
  };
}

/** Where two bodies differ; where one is no JSON, the whole of it. */
export function differencesOf(before: Buffer, after: Buffer): View<typeof letterDifferences> {
  const [was, is] = [jsonIn(before), jsonIn(after)];
  const found =
    was === undefined || is === undefined
      ? differences(was ?? textOf(before), is ?? textOf(after))
      : differences(was, is);
  return found
    .slice(0, DIFFERENCES_MAX)
    .map(({ before: old = null, after: fresh = null, ...rest }) => ({ ...rest, before: old, after: fresh }));
}

/** As far as a person needs it to see what was there. */
function textOf(bytes: Buffer): string {
  const shown = readable(bytes, true);
  return shown.format === 'json' || shown.format === 'hidden' ? '' : shown.text;
}

export function groupView({
  samplePartition: partition,
  sampleOffset: offset,
  sampleText: text,
  ...group
}: LetterGroup): View<typeof letterGroups>['items'][number] {
  const self = `/v1/dead-letters/${partition}/${offset}`;
  return {
    ...group,
    sample: { partition, offset, text, links: { self } },
    links: { letters: `/v1/dead-letters?group=${group.groupId}` },
  };
}

/** What cannot be decoded may still show its trace. */
function traceOf({ sagaId, value }: Letter): string | null {
  const [, traceparent] = /"traceparent"\s*:\s*"([^"]{1,100})"/.exec(value.toString('latin1')) ?? [];
  return readTraceparent(traceparent)?.traceId ?? (sagaId === null ? null : traceIdOfSaga(sagaId));
}
