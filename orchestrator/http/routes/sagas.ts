/** Sagas for operators: the list, one saga in full, and its history. */
import * as z from 'zod';
import { fromCursor, toCursor } from '#platform/http/cursor.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { flag, idInPath, pageCursor, pageLimit } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { definitionOf } from '../act.ts';
import { listedColumns } from '../listed-columns.ts';
import { type ApiParts, sagaOr404 } from '../parts.ts';
import { historyView } from '../views/history.ts';
import { historyAnswer } from '../views/history-schema.ts';
import { etagOf, listedView, sagaView } from '../views/saga.ts';
import { sagaAnswer, sagaPage } from '../views/saga-schema.ts';
import { status } from '../views/status.ts';

/** The most journal rows, unmatched messages and actions of one saga in an answer. */
const HISTORY_MAX = 1_000;

const listQuery = z.strictObject({
  status: status.optional(),
  state: z.string().min(1).max(200).optional().describe('A state; it matches its child states too.'),
  stuck: flag,
  stalled: flag,
  customerId: z.string().min(1).max(100).optional(),
  cursor: pageCursor,
  limit: pageLimit,
});

/** Registers the routes. */
export function sagaRoutes(routes: Routes, parts: ApiParts): void {
  const { views, actions } = parts;

  resource(routes, '/v1/sagas', {
    GET: {
      id: 'listSagas',
      summary: 'Sagas, newest first.',
      roles: VIEWERS,
      reads: { query: listQuery },
      answers: { 200: { body: sagaPage } },
      async handle({ query }) {
        const { status: wanted = null, state = null, customerId = null } = query;
        canonical([state, customerId]);
        const [stuck, stalled] = [query.stuck, query.stalled].map((one) =>
          one === undefined ? null : one === 'true',
        );
        const before = query.cursor === undefined ? null : fromCursor(query.cursor);
        const liveOnly =
          stuck === true || stalled === true || wanted === 'running' || wanted === 'compensating';
        const page = await views.list({
          status: wanted,
          state,
          stuck: stuck ?? null,
          stalled: stalled ?? null,
          customerId,
          liveOnly,
          before,
          limit: query.limit,
        });
        const nextCursor = page.next === null ? null : toCursor(page.next);
        return {
          status: 200,
          body: {
            items: page.items.map((one) =>
              listedView(one, listedColumns(anyVersion(parts, one.definition), one.input)),
            ),
            nextCursor,
          },
        };
      },
    },
  });

  resource(routes, '/v1/sagas/:id', {
    GET: {
      id: 'getSaga',
      summary: 'A saga in full: its state, the commands it awaits, its finished and its remaining steps.',
      description: 'Viewers read of the input only the fields its definition shows.',
      roles: VIEWERS,
      reads: { params: idInPath },
      answers: { 200: { body: sagaAnswer, headers: ['etag'] } },
      async handle({ params, principal: { role } }) {
        const found = await sagaOr404(parts, params.id);
        const journal = await views.journal(found.row.id, HISTORY_MAX);
        const options = { seesInput: OPERATORS.includes(role), nowMs: parts.now() };
        const body = sagaView(found, journal, definitionOf(parts, found.row), options);
        return { status: 200, body, headers: { etag: etagOf(found.row) } };
      },
    },
  });

  resource(routes, '/v1/sagas/:id/history', {
    GET: {
      id: 'getSagaHistory',
      summary: 'The history of a saga.',
      roles: VIEWERS,
      reads: { params: idInPath },
      answers: { 200: { body: historyAnswer } },
      async handle({ params }) {
        const { row, sweepState } = await sagaOr404(parts, params.id);
        const [journal, unmatched, acts] = await Promise.all([
          views.journal(row.id, HISTORY_MAX),
          views.unmatched(row.id, HISTORY_MAX),
          actions.ofSaga(row.id, HISTORY_MAX),
        ]);
        const events = historyView(row.id, { journal, unmatched, actions: acts, sweepState });
        const truncated = journal.length === HISTORY_MAX;
        return { status: 200, body: { sagaId: row.id, truncated, events } };
      },
    },
  });
}

/** A version of a definition: every version lists the same columns, so a list needs not the saga's own. */
function anyVersion({ definitions }: Pick<ApiParts, 'definitions'>, name: string) {
  return [...definitions.values()].find((one) => one.name === name);
}
