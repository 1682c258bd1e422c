/** Sagas, for the people who run them: lists, one with all that is known of it, its history, and actions on it. */
import type { Request, Router } from 'express';
import * as z from 'zod';
import { answer } from '../../../participants/wire/http/answer.ts';
import { fromCursor, toCursor } from '../../../participants/wire/http/cursor.ts';
import { Problem } from '../../../participants/wire/http/problem.ts';
import { OPERATORS, resource, VIEWERS } from '../../../participants/wire/http/resource.ts';
import { canonical, idempotencyKey, idIn, valid } from '../../../participants/wire/http/validate.ts';
import { editParams, migrateParams, skipParams } from '../../engine/control.ts';
import type { SagaRow } from '../../engine/saga.ts';
import { act, definitionOf, earlierAction, preview, type Wish } from '../act.ts';
import type { ApiParts } from '../parts.ts';
import { actionLinks } from '../views/action.ts';
import { historyView } from '../views/history.ts';
import { toPlanned } from '../views/plan.ts';
import { listedView, sagaView } from '../views/saga.ts';

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;
/** Journal rows, strays and actions shown of one saga, at most. */
const HISTORY_MAX = 1_000;

const listQuery = z.strictObject({
  status: z.enum(['running', 'compensating', 'completed', 'failed']).optional(),
  state: z.string().min(1).max(200).optional(),
  stuck: z.enum(['true', 'false']).optional(),
  stalled: z.enum(['true', 'false']).optional(),
  customerId: z.string().min(1).max(100).optional(),
  cursor: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
});

const asked = { reason: z.string().min(1).max(1000), dryRun: z.boolean().default(false) };
const actionRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['retry', 'compensate', 'pause', 'resume']), ...asked }),
  z.strictObject({ action: z.literal('skip'), ...asked, ...skipParams.shape }),
  z.strictObject({ action: z.literal('edit'), ...asked, ...editParams.shape }),
  z.strictObject({ action: z.literal('migrate'), ...asked, ...migrateParams.shape }),
]);

/** Puts the routes on a router. */
export function sagaRoutes(router: Router, parts: ApiParts): void {
  const { tokens, views, actions } = parts;
  const sagaOf = async (request: Request) => {
    const id = idIn(request.params.id);
    const found = await views.saga(id);
    if (found === null) throw new Problem('not-found', `There is no saga ${id}`);
    return found;
  };

  resource(router, tokens, '/v1/sagas', {
    GET: {
      roles: VIEWERS,
      async handle(request, response) {
        const query = valid(listQuery, request.query);
        const { status = null, state = null, customerId = null } = query;
        canonical([state, customerId]);
        const [stuck, stalled] = [query.stuck, query.stalled].map((flag) =>
          flag === undefined ? null : flag === 'true',
        );
        const before = query.cursor === undefined ? null : fromCursor(query.cursor);
        const liveOnly =
          stuck === true || stalled === true || status === 'running' || status === 'compensating';
        const page = await views.list({
          status,
          state,
          stuck: stuck ?? null,
          stalled: stalled ?? null,
          customerId,
          liveOnly,
          before,
          limit: query.limit,
        });
        const nextCursor = page.next === null ? null : toCursor(page.next);
        answer(response, 200, { items: page.items.map(listedView), nextCursor });
      },
    },
  });

  resource(router, tokens, '/v1/sagas/:id', {
    GET: {
      roles: VIEWERS,
      async handle(request, response, { role }) {
        const found = await sagaOf(request);
        const journal = await views.journal(found.row.id, HISTORY_MAX);
        const options = { seesOrder: OPERATORS.includes(role), nowMs: parts.now() };
        const view = sagaView(found, journal, definitionOf(parts, found.row), options);
        answer(response, 200, view, { etag: etagOf(found.row.revision) });
      },
    },
  });

  resource(router, tokens, '/v1/sagas/:id/history', {
    GET: {
      roles: VIEWERS,
      async handle(request, response) {
        const { row, watch } = await sagaOf(request);
        const [journal, strays, acts] = await Promise.all([
          views.journal(row.id, HISTORY_MAX),
          views.strays(row.id, HISTORY_MAX),
          actions.ofSaga(row.id, HISTORY_MAX),
        ]);
        const events = historyView(row.id, { journal, strays, actions: acts, watch });
        answer(response, 200, { sagaId: row.id, truncated: journal.length === HISTORY_MAX, events });
      },
    },
  });

  resource(router, tokens, '/v1/sagas/:id/actions', {
    POST: {
      roles: OPERATORS,
      body: true,
      async handle(request, response, principal) {
        const { action, reason, dryRun, ...params } = valid(actionRequest, request.body);
        canonical([reason, params]);
        const seen = revisionSeen(request.get('if-match'), dryRun);
        const { row } = await sagaOf(request);
        const wish: Wish = {
          action,
          revision: seen ?? row.revision,
          actor: principal.subject,
          role: principal.role,
          reason,
          params,
          idempotencyKey: idempotencyKey(request.get('idempotency-key')),
        };
        const earlier = dryRun ? null : await earlierAction(parts, row.id, wish);
        if (earlier === null && wish.revision !== row.revision) {
          throw new Problem('stale', `The saga is at revision ${row.revision}, you saw ${wish.revision}`, {
            headers: { etag: etagOf(row.revision) },
          });
        }
        if (dryRun) {
          const body = { dryRun, action, ...(await planned(parts, row, wish)) };
          return answer(response, 200, body, { etag: etagOf(row.revision) });
        }
        const taken = earlier ?? (await act(parts, row, wish));
        const links = actionLinks(taken);
        answer(response, 202, { actionId: taken.id, state: taken.state, links }, { location: links.self });
      },
    },
  });
}

/**
 * What an action would send, its repeats read from the journal, or why it would be refused.
 * @throws Problem `conflict` when this process does not know the saga's definition
 */
async function planned(parts: ApiParts, row: SagaRow, wish: Wish) {
  const plan = preview(parts, row, wish);
  if (plan === null) {
    throw new Problem('conflict', `This API does not know ${row.definition} v${row.definitionVersion}`);
  }
  if (plan.outcome !== 'applies') return { ...plan, sends: [] };
  const { again, sends, ...rest } = plan;
  const repeats = await parts.views.commands(row.id, again);
  return { ...rest, sends: [...sends, ...repeats.map((sent) => toPlanned(sent, true))] };
}

function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * The revision in `If-Match`; null when a dry run names none.
 * @throws Problem when it is missing, or is no revision
 */
function revisionSeen(header: string | undefined, dryRun: boolean): number | null {
  if (header === undefined) {
    if (dryRun) return null;
    throw new Problem('precondition-required', 'Send If-Match with the ETag of the saga as you saw it');
  }
  const [, digits] = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header.trim()) ?? [];
  if (digits === undefined)
    throw new Problem('validation', 'If-Match must be the ETag of a saga, such as "3"');
  return Number(digits);
}
