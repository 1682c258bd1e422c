/** Sagas for operators: the list, one saga in full, and its history. */
import * as z from 'zod';
import type { Registered } from '#engine/definition/definition.ts';
import type { SagaRow } from '#engine/saga.ts';
import { type SagaFilter, sagaSort } from '#engine/search/saga-filter.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { flag, idInPath, pageCursor, pageLimit } from '#platform/http/schemas.ts';
import { traceIdOf } from '#protocol/trace.ts';
import { definitionOf } from '../act.ts';
import { listedColumns } from '../listed-columns.ts';
import { type ApiParts, sagaOr404 } from '../parts.ts';
import { fromSagaCursor, toSagaCursor } from '../saga-cursor.ts';
import { sagaQuery, searchOf } from '../saga-query.ts';
import { historyView } from '../views/history.ts';
import { historyAnswer } from '../views/history-schema.ts';
import { incidentsOf } from '../views/incidents.ts';
import { etagOf, listedView, sagaView } from '../views/saga.ts';
import { sagaAnswer, sagaPage } from '../views/saga-schema.ts';
import { whyText } from '../views/why.ts';
import { observe } from '../why/observe.ts';

/** The most journal rows, unmatched messages and actions of one saga in an answer. */
const HISTORY_MAX = 1_000;
/** The most journal rows with the data of their messages: an order of a hundred items has some 10 KB a command. */
const MESSAGES_MAX = 200;

const listQuery = sagaQuery({ sort: sagaSort.default('newest'), cursor: pageCursor, limit: pageLimit });

const historyQuery = z.strictObject({
  messages: flag.describe(
    `With the data of every message, in and out; then at most ${MESSAGES_MAX} transitions. Viewers read no personal field.`,
  ),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_147_483_647)
    .optional()
    .describe('Only transitions of lower versions.'),
});

/** Registers the routes. */
export function sagaRoutes(routes: Routes, parts: ApiParts): void {
  const { views, actions } = parts;

  resource(routes, '/v1/sagas', {
    GET: {
      id: 'listSagas',
      summary: 'Sagas that match a filter, in an order.',
      description:
        'The filters combine. Without one that only active sagas match, a page reads a bounded number of sagas in the order of creation: it may be short, or empty, and still have a next one; `createdAfter` and `createdBefore` narrow what is read.',
      roles: VIEWERS,
      reads: { query: listQuery },
      answers: { 200: { body: sagaPage } },
      async handle({ query: { sort, cursor, limit, ...given } }) {
        const list = { filter: given as SagaFilter, sort };
        const { asOfMs, after } =
          cursor === undefined ? { asOfMs: parts.now(), after: null } : fromSagaCursor(list, cursor);
        const page = await views.list({ ...searchOf(parts, list.filter, sort, asOfMs), after, limit });
        const nextCursor = page.next === null ? null : toSagaCursor(list, { asOfMs, after: page.next });
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
        const [journal, seen] = await Promise.all([
          views.journal(found.row.id, HISTORY_MAX),
          observe(parts, found, { counts: false }),
        ]);
        const options = { seesInput: OPERATORS.includes(role), nowMs: parts.now() };
        const view = sagaView(found, journal, definitionOf(parts, found.row), options);
        const body = { ...view, why: whyText(seen) };
        return { status: 200, body, headers: { etag: etagOf(found.row) } };
      },
    },
  });

  resource(routes, '/v1/sagas/:id/history', {
    GET: {
      id: 'getSagaHistory',
      summary: 'The history of a saga.',
      description:
        'With `messages=true` it holds every message; viewers read of it only what the definition shows.',
      roles: VIEWERS,
      reads: { params: idInPath, query: historyQuery },
      answers: { 200: { body: historyAnswer } },
      async handle({ params, query, principal: { role } }) {
        const found = await sagaOr404(parts, params.id);
        const { row, sweepState } = found;
        const withMessages = query.messages === 'true';
        const limit = withMessages ? MESSAGES_MAX : HISTORY_MAX;
        const [newest, unmatched, acts, seen] = await Promise.all([
          // One row more shows whether there are older ones, and the context before the others.
          views.journal(row.id, limit + 1, query.before),
          views.unmatched(row.id, HISTORY_MAX),
          actions.ofSaga(row.id, HISTORY_MAX),
          observe(parts, found, { counts: false }),
        ]);
        const truncated = newest.length > limit;
        const journal = truncated ? newest.slice(1) : newest;
        const definition = definitionOf(parts, row);
        const contextBefore = truncated
          ? (newest[0]?.change.context ?? null)
          : contextAtStart(definition, row);
        const events = historyView(
          row.id,
          { journal, unmatched, actions: acts, sweepState, contextBefore },
          withMessages ? { seesInput: OPERATORS.includes(role), definition } : null,
        );
        const traceId = traceIdOf(row.id, row.traceparent);
        const incidents = incidentsOf(journal, query.before === undefined ? row.stuck : null);
        return {
          status: 200,
          body: { sagaId: row.id, traceId, why: whyText(seen), truncated, incidents, events },
        };
      },
    },
  });
}

/** The context a saga began with; null where this process lacks its definition. */
function contextAtStart(definition: Registered | null, { input }: SagaRow) {
  if (definition === null) return null;
  return definition.begin(input) as Readonly<Record<string, unknown>>;
}

/** A version of a definition: every version lists the same columns, so a list needs not the saga's own. */
function anyVersion({ definitions }: Pick<ApiParts, 'definitions'>, name: string) {
  return [...definitions.values()].find((one) => one.name === name);
}
