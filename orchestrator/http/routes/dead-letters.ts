/** Dead letters: listed, grouped by what failed, and read with their bytes. What people do about them is in `dead-letter-acts.ts`. */
import * as z from 'zod';
import type { Letter, LetterPlace, ListedLetter } from '#orchestrator/store/dead-letter-store.ts';
import type { LetterFilter } from '#orchestrator/store/letter-rows.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { flag, pageLimit } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import type { ApiParts } from '../parts.ts';
import {
  groupView,
  letterAnswer,
  letterGroups,
  letterMessage,
  letterPage,
  letterStateText,
  letterView,
  listedView,
  messageView,
} from '../views/dead-letter.ts';

/** The newest letters that are grouped; of more the counts are lower bounds. */
const GROUPED_MAX = 100_000;

const time = z.iso.datetime({ offset: true });
/** The fields by which letters are chosen, in a query and in the body of a batch. */
export const chosenFields = {
  sagaId: z.uuid().optional(),
  reason: z.string().min(1).max(100).optional().describe('The code under which it was parked.'),
  topic: z.string().min(1).max(200).optional().describe('The topic the record came from.'),
  group: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'must be the groupId of a letter')
    .optional(),
  state: letterStateText.optional(),
  parkedBefore: time.optional(),
  parkedAfter: time.optional(),
} as const;

const listQuery = z.strictObject({
  ...chosenFields,
  waiting: flag.describe('True: as `state=open`; false: all others.'),
  cursor: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('The offset of the last letter of the previous page.'),
  limit: pageLimit,
});
const groupQuery = z.strictObject({ ...chosenFields, limit: pageLimit });

export const letterInPath = z.object({
  partition: z.coerce.number().int().min(0).max(10_000),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
});

/** Reads a letter. @throws Problem `not-found` */
export async function letterOr404(
  { deadLetters }: Pick<ApiParts, 'deadLetters'>,
  at: LetterPlace,
): Promise<Letter> {
  const letter = await deadLetters.read(at);
  if (letter === null) throw new Problem('not-found', `There is no dead letter ${at.partition}/${at.offset}`);
  return letter;
}

/** The filter of a request; what is not given chooses any. */
export function filterOf(
  given: z.output<z.ZodObject<typeof chosenFields>>,
  upTo: number | null = null,
): LetterFilter {
  const { sagaId, reason, topic, group, state, parkedBefore, parkedAfter } = given;
  canonical([reason, topic]);
  return {
    sagaId: sagaId ?? null,
    reason: reason ?? null,
    topic: topic ?? null,
    group: group ?? null,
    state: state ?? null,
    parkedBefore: parkedBefore === undefined ? null : new Date(parkedBefore),
    parkedAfter: parkedAfter === undefined ? null : new Date(parkedAfter),
    upTo,
  };
}

/** Registers the routes. */
export function deadLetterRoutes(routes: Routes, parts: ApiParts): void {
  const { deadLetters, letterWork } = parts;
  const sagasOf = (letters: readonly ListedLetter[]) =>
    letterWork.sagasOf([...new Set(letters.flatMap(({ sagaId }) => sagaId ?? []))]);

  resource(routes, '/v1/dead-letters', {
    GET: {
      id: 'listDeadLetters',
      summary: 'Parked messages without their bytes, newest first.',
      roles: VIEWERS,
      reads: { query: listQuery },
      answers: { 200: { body: letterPage } },
      async handle({ query }) {
        const { cursor = null, limit } = query;
        const waiting = query.waiting === undefined ? null : query.waiting === 'true';
        const { upTo: _, ...filter } = filterOf(query);
        const found = await deadLetters.list({ ...filter, waiting, before: cursor }, limit + 1);
        const items = found.slice(0, limit);
        const sagas = await sagasOf(items);
        const nextCursor = found.length > limit ? (items.at(-1)?.offset ?? null) : null;
        return { status: 200, body: { items: items.map((one) => listedView(one, sagas)), nextCursor } };
      },
    },
  });

  resource(routes, '/v1/dead-letters/groups', {
    GET: {
      id: 'groupDeadLetters',
      summary: 'Parked messages by what failed: topic, sender, reason, and text without ids and numbers.',
      roles: VIEWERS,
      reads: { query: groupQuery },
      answers: { 200: { body: letterGroups } },
      async handle({ query }) {
        const { groups, isComplete } = await letterWork.groups(filterOf(query), query.limit, GROUPED_MAX);
        return { status: 200, body: { items: groups.map(groupView), isComplete } };
      },
    },
  });

  resource(routes, '/v1/dead-letters/:partition/:offset', {
    GET: {
      id: 'getDeadLetter',
      summary: 'A dead letter with its bytes.',
      // The bytes may hold personal data.
      roles: OPERATORS,
      reads: { params: letterInPath },
      answers: { 200: { body: letterAnswer } },
      async handle({ params }) {
        const letter = await letterOr404(parts, params);
        return { status: 200, body: letterView(letter, await sagasOf([letter])) };
      },
    },
  });

  resource(routes, '/v1/dead-letters/:partition/:offset/message', {
    GET: {
      id: 'readDeadLetter',
      summary: 'The message of a dead letter as a person reads it.',
      description:
        'Viewers read no personal field: values of `data` are hidden but for amounts, codes and the like.',
      roles: VIEWERS,
      reads: { params: letterInPath },
      answers: { 200: { body: letterMessage } },
      async handle({ params, principal: { role } }) {
        const letter = await letterOr404(parts, params);
        return { status: 200, body: messageView(letter, OPERATORS.includes(role)) };
      },
    },
  });
}
