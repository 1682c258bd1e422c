/** Dead letters: what was parked and why, the saga it belongs to, and sending it again under the loop guard. */
import { randomUUID } from 'node:crypto';
import type { Router } from 'express';
import * as z from 'zod';
import { answer } from '../../../participants/wire/http/answer.ts';
import { Problem } from '../../../participants/wire/http/problem.ts';
import { OPERATORS, resource, VIEWERS } from '../../../participants/wire/http/resource.ts';
import { canonical, valid } from '../../../participants/wire/http/validate.ts';
import { TOPICS } from '../../../participants/wire/topics.ts';
import type { Letter, ListedLetter } from '../../store/dead-letter-store.ts';
import type { ApiParts } from '../parts.ts';

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;
/** What came back this often will come back again: it is sent once more only by force. */
const PARKED_TIMES_MAX = 3;

const listQuery = z.strictObject({
  sagaId: z.uuid().optional(),
  reason: z.string().min(1).max(100).optional(),
  topic: z.string().min(1).max(200).optional(),
  waiting: z.enum(['true', 'false']).optional(),
  /** The offset of the last letter of the page before. */
  cursor: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
});
const place = z.object({
  partition: z.coerce.number().int().min(0).max(10_000),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
});
const resendRequest = z.strictObject({
  reason: z.string().min(1).max(1000),
  force: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

/** Puts the routes on a router. */
export function deadLetterRoutes(router: Router, parts: ApiParts): void {
  const { tokens, deadLetters, outbox, now } = parts;
  const letterAt = async (params: unknown): Promise<Letter> => {
    const at = valid(place, params);
    const letter = await deadLetters.read(at);
    if (letter === null)
      throw new Problem('not-found', `There is no dead letter ${at.partition}/${at.offset}`);
    return letter;
  };

  resource(router, tokens, '/v1/dead-letters', {
    GET: {
      roles: VIEWERS,
      async handle(request, response) {
        const query = valid(listQuery, request.query);
        const { sagaId = null, reason = null, topic = null, cursor = null, limit } = query;
        canonical([reason, topic]);
        const waiting = query.waiting === undefined ? null : query.waiting === 'true';
        const items = await deadLetters.list({ sagaId, reason, topic, waiting, before: cursor }, limit);
        const nextCursor = items.length === limit ? (items.at(-1)?.offset ?? null) : null;
        answer(response, 200, { items: items.map(listedView), nextCursor });
      },
    },
  });

  resource(router, tokens, '/v1/dead-letters/:partition/:offset', {
    GET: {
      // Its bytes may hold whatever somebody sent, an address too.
      roles: OPERATORS,
      async handle(request, response) {
        const { key, value, parkedTimes, ...listed } = await letterAt(request.params);
        const bytes = { key, value: value.toString('utf8'), base64: value.toString('base64') };
        answer(response, 200, { ...listedView(listed), ...bytes, parkedTimes });
      },
    },
  });

  resource(router, tokens, '/v1/dead-letters/:partition/:offset/resend', {
    POST: {
      roles: OPERATORS,
      body: true,
      async handle(request, response, { subject: actor, role }) {
        const { reason, force, dryRun } = valid(resendRequest, request.body);
        canonical(reason);
        const letter = await letterAt(request.params);
        const refused = whyNot(letter);
        const possible = TOPICS.some(({ name }) => name === letter.originTopic);
        if (!possible) throw new Problem('conflict', `Nobody knows the topic ${letter.originTopic}`);
        if (refused !== null && !force)
          throw new Problem('conflict', `${refused}; give force to send it all the same`);
        const sends = { topic: letter.originTopic, key: letter.key, bytes: letter.value.length };
        if (dryRun) return answer(response, 200, { dryRun, sends });
        // Sent first: should this process die in between it may be sent twice, which whoever reads it can stand.
        await outbox.publish([{ topic: letter.originTopic, key: letter.key ?? '', value: letter.value }]);
        await deadLetters.noteSent(letter, { id: randomUUID(), actor, role, reason }, now);
        answer(response, 200, { dryRun, sends });
      },
    },
  });
}

function whyNot({ sentAgainAt, parkedTimes }: Letter): string | null {
  if (sentAgainAt !== null) return `It was sent again at ${sentAgainAt.toISOString()}`;
  if (parkedTimes >= PARKED_TIMES_MAX) return `The same message was parked ${parkedTimes} times`;
  return null;
}

function listedView({ partition, offset, sagaId, ...rest }: ListedLetter) {
  const self = `/v1/dead-letters/${partition}/${offset}`;
  const saga = sagaId === null ? {} : { saga: `/v1/sagas/${sagaId}` };
  return { partition, offset, sagaId, ...rest, links: { self, resend: `${self}/resend`, ...saga } };
}
