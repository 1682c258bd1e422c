/** `GET /v1/actions/{id}`: what became of a person's action. */
import type { Router } from 'express';
import { answer } from '../../../participants/wire/http/answer.ts';
import { Problem } from '../../../participants/wire/http/problem.ts';
import { resource, VIEWERS } from '../../../participants/wire/http/resource.ts';
import { idIn } from '../../../participants/wire/http/validate.ts';
import type { Principal } from '../../../participants/wire/tokens.ts';
import type { ActionRow } from '../../store/action-store.ts';
import type { ApiParts } from '../parts.ts';
import { actionView } from '../views/action.ts';

/** Puts the route on a router. */
export function actionRoutes(router: Router, parts: ApiParts): void {
  resource(router, parts.tokens, '/v1/actions/:id', {
    GET: {
      roles: ['customer', 'service', ...VIEWERS],
      async handle(request, response, principal) {
        const id = idIn(request.params.id);
        const row = await parts.actions.read(id);
        if (row === null || !(await maySee(parts, principal, row))) {
          throw new Problem('not-found', `There is no action ${id}`);
        }
        answer(response, 200, actionView(row));
      },
    },
  });
}

/** People see every action; a shop's backend sees cancels; a customer those of its own orders. */
async function maySee(parts: ApiParts, { role, subject }: Principal, row: ActionRow): Promise<boolean> {
  if (VIEWERS.includes(role)) return true;
  if (row.action !== 'cancel') return false;
  return role === 'service' || (await parts.views.saga(row.sagaId))?.row.customerId === subject;
}
