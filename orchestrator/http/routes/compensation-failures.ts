/** `GET /v1/compensation-failures`: the queue of sagas that an operator has to bring back to their start. */
import * as z from 'zod';
import type { SagaRow } from '#engine/saga.ts';
import { fromCursor, toCursor } from '#platform/http/cursor.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { pageCursor, pageLimit } from '#platform/http/schemas.ts';
import { definitionOf } from '../act.ts';
import type { ApiParts } from '../parts.ts';
import { preview } from '../plan-action.ts';
import type { RequestedAction } from '../requested-action.ts';
import {
  answersWanted,
  compensationFailures,
  compensationFailureView,
  type Possible,
} from '../views/compensation-failure.ts';

const query = z.strictObject({ cursor: pageCursor, limit: pageLimit });

/** The actions that may end a failed compensation, with what a preview of each takes. */
const TRIED = [
  { action: 'retry', params: {}, needsEvidence: false },
  { action: 'skip', params: { evidence: 'a preview', result: {} }, needsEvidence: true },
  { action: 'resume', params: {}, needsEvidence: false },
  { action: 'resolve', params: {}, needsEvidence: false },
] as const;

/** Registers the route. */
export function compensationFailureRoutes(routes: Routes, parts: ApiParts): void {
  const store = parts.compensationFailures;
  resource(routes, '/v1/compensation-failures', {
    GET: {
      id: 'listCompensationFailures',
      summary: 'Sagas with an undo that was refused, not answered in time, or no longer holds; oldest first.',
      roles: VIEWERS,
      reads: { query },
      answers: { 200: { body: compensationFailures } },
      async handle({ query: { cursor, limit } }) {
        const { items, next } = await store.list(cursor === undefined ? null : fromCursor(cursor), limit);
        const answers = await store.answers(items.flatMap(({ row }) => answersWanted(row)));
        const nextCursor = next === null ? null : toCursor(next);
        const views = items.map((found) => {
          const definition = definitionOf(parts, found.row);
          return compensationFailureView(found, definition, answers, possibleFor(parts, found.row));
        });
        return { status: 200, body: { items: views, nextCursor } };
      },
    },
  });
}

/** What the engine would accept now, by running its pure step. */
function possibleFor(parts: ApiParts, row: SagaRow): Possible[] {
  return TRIED.flatMap(({ action, params, needsEvidence }) => {
    const request: RequestedAction = {
      action,
      params,
      revision: row.revision,
      actor: 'a preview',
      role: 'operator',
      reason: 'a preview',
      idempotencyKey: null,
      planHash: null,
    };
    const plan = preview(parts, row, request);
    if (plan?.outcome !== 'applies') return [];
    const sends = [...plan.sends.map(({ id }) => id), ...plan.again.map(({ commandId }) => commandId)];
    return [{ action, sends, needsEvidence }];
  });
}
