/** `GET /v1/actions/{id}`: a person's action and its outcome. */

import type { AuditedAction } from '#orchestrator/store/action-store.ts';
import { Problem } from '#platform/http/problem.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { idInPath } from '#platform/http/schemas.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import type { ApiParts } from '../parts.ts';
import { actionAnswer, actionView } from '../views/action.ts';

/** Registers the route. */
export function actionRoutes(routes: Routes, parts: ApiParts): void {
  resource(routes, '/v1/actions/:id', {
    GET: {
      id: 'getAction',
      summary: 'An action and its outcome.',
      description: 'Services read cancellations, customers those of their own orders.',
      roles: ['customer', 'service', ...VIEWERS],
      reads: { params: idInPath },
      answers: { 200: { body: actionAnswer } },
      async handle({ principal, params: { id } }) {
        const row = await parts.actions.read(id);
        if (row === null || !(await maySee(parts, principal, row))) {
          throw new Problem('not-found', `There is no action ${id}`);
        }
        return { status: 200, body: actionView(row) };
      },
    },
  });
}

/** Viewers read every action, services every cancellation, customers those of their own orders. */
async function maySee(parts: ApiParts, { role, subject }: Principal, row: AuditedAction): Promise<boolean> {
  if (VIEWERS.includes(role)) return true;
  if (row.action !== 'cancel' || row.sagaId === null) return false;
  return role === 'service' || (await parts.views.saga(row.sagaId))?.row.customerId === subject;
}
