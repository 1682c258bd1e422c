/** Dead letters: listed, read with their bytes, and sent again unless they come back too often. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Letter, LetterPlace } from '#orchestrator/store/dead-letter-store.ts';
import { retryForever } from '#platform/batching/retry.ts';
import { outcomeUnknown, Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { flag, pageLimit } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { isDataFault } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import { TOPICS } from '#protocol/topics.ts';
import type { ApiParts } from '../parts.ts';
import {
  keyView,
  letterAnswer,
  letterPage,
  letterSent,
  letterView,
  listedView,
} from '../views/dead-letter.ts';

/** A message parked this often would be parked again, so sending it again takes `force`. */
const PARKED_TIMES_MAX = 3;
/** A sent letter is confirmed by the brokers and recorded within this time, or its outcome is unknown. */
const SENT_WITHIN_MS = 8_000;

const listQuery = z.strictObject({
  sagaId: z.uuid().optional(),
  reason: z.string().min(1).max(100).optional(),
  topic: z.string().min(1).max(200).optional().describe('The topic the record came from.'),
  waiting: flag.describe('True: only letters that nobody sent again yet.'),
  cursor: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('The offset of the last letter of the previous page.'),
  limit: pageLimit,
});
const place = z.object({
  partition: z.coerce.number().int().min(0).max(10_000),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
});
const resendRequest = z
  .strictObject({
    reason: z.string().min(1).max(1000),
    force: z
      .boolean()
      .default(false)
      .describe('Send it although it was sent again before, or was parked too often.'),
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'ResendRequest' });

/** Registers the routes. */
export function deadLetterRoutes(routes: Routes, parts: ApiParts): void {
  const { deadLetters, outbox, log } = parts;
  const letterAt = async (at: LetterPlace): Promise<Letter> => {
    const letter = await deadLetters.read(at);
    if (letter === null)
      throw new Problem('not-found', `There is no dead letter ${at.partition}/${at.offset}`);
    return letter;
  };

  resource(routes, '/v1/dead-letters', {
    GET: {
      id: 'listDeadLetters',
      summary: 'Parked messages without their bytes, newest first.',
      roles: VIEWERS,
      reads: { query: listQuery },
      answers: { 200: { body: letterPage } },
      async handle({ query }) {
        const { sagaId = null, reason = null, topic = null, cursor = null, limit } = query;
        canonical([reason, topic]);
        const waiting = query.waiting === undefined ? null : query.waiting === 'true';
        const found = await deadLetters.list({ sagaId, reason, topic, waiting, before: cursor }, limit + 1);
        const items = found.slice(0, limit);
        const nextCursor = found.length > limit ? (items.at(-1)?.offset ?? null) : null;
        return { status: 200, body: { items: items.map(listedView), nextCursor } };
      },
    },
  });

  resource(routes, '/v1/dead-letters/:partition/:offset', {
    GET: {
      id: 'getDeadLetter',
      summary: 'A dead letter with its bytes.',
      // The bytes may hold personal data.
      roles: OPERATORS,
      reads: { params: place },
      answers: { 200: { body: letterAnswer } },
      async handle({ params }) {
        return { status: 200, body: letterView(await letterAt(params)) };
      },
    },
  });

  resource(routes, '/v1/dead-letters/:partition/:offset/resend', {
    POST: {
      id: 'resendDeadLetter',
      summary: 'Sends a dead letter to its topic again, unchanged.',
      roles: OPERATORS,
      reads: { params: place, body: resendRequest },
      answers: { 200: { body: letterSent } },
      problems: ['conflict'],
      async handle({ params, body: { reason, force, dryRun }, principal: { subject: actor, role } }) {
        canonical(reason);
        const letter = await letterAt(params);
        const refused = whyNot(letter);
        const possible = TOPICS.some(({ name }) => name === letter.originTopic);
        if (!possible) throw new Problem('conflict', `There is no topic ${letter.originTopic}`);
        // Only a topic's own writers may: the API could say otherwise whatever they say.
        if (!(await outbox.mayWrite(letter.originTopic)))
          throw new Problem(
            'conflict',
            `The brokers do not let this API write ${letter.originTopic}: send the bytes with Kafka’s tools, as a principal that may`,
          );
        if (refused !== null && !force)
          throw new Problem('conflict', `${refused}; set force to send it nevertheless`);
        const { originTopic: topic, key, keyBytes, value } = letter;
        const sends = { topic, ...keyView(letter), bytes: value.length };
        if (dryRun) return { status: 200, body: { dryRun, sends } };
        // Published first: a crash in between may send it twice, and every consumer deduplicates.
        const sent = outbox
          .publish([{ topic, key: key ?? '', ...(keyBytes !== undefined && { keyBytes }), value }])
          .then(() => recordSent(parts, letter, { id: randomUUID(), actor, role, reason }));
        if (!(await isDoneWithin(sent, SENT_WITHIN_MS, log))) {
          throw outcomeUnknown(
            'It may have been sent, or may yet be: its resentAt at links.self tells. A consumer handles it once, however often it comes',
            { links: { self: `/v1/dead-letters/${params.partition}/${params.offset}` } },
          );
        }
        return { status: 200, body: { dryRun, sends } };
      },
    },
  });
}

/** Records that a letter was sent, for as long as the database takes: it was, and nothing else will ever say so. */
function recordSent(
  { deadLetters, log, now }: ApiParts,
  letter: Letter,
  who: Parameters<ApiParts['deadLetters']['noteSent']>[1],
): Promise<void> {
  return retryForever(
    () => deadLetters.noteSent(letter, who, now),
    (error) => !isDataFault(error),
    log,
    'recording a dead letter sent again',
  );
}

/** Whether work that cannot be taken back is confirmed in time; false: it failed halfway, or still goes on. */
async function isDoneWithin(work: Promise<void>, withinMs: number, log: Logger): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, withinMs, false);
  const done = work.then(
    () => true,
    (error: unknown) => {
      log.warn('resend-not-recorded', { error: messageOf(error) });
      return false;
    },
  );
  const isDone = await Promise.race([done, late]);
  clearTimeout(timer);
  return isDone;
}

function whyNot({ resentAt, parkedTimes }: Letter): string | null {
  if (resentAt !== null) return `It was sent again at ${resentAt.toISOString()}`;
  if (parkedTimes >= PARKED_TIMES_MAX) return `The same message was parked ${parkedTimes} times`;
  return null;
}
