/** Orders: placed by the shop's backend, read and cancelled by their customers. */
import type { Router } from 'express';
import * as z from 'zod';
import { answer } from '../../../participants/wire/http/answer.ts';
import { Problem } from '../../../participants/wire/http/problem.ts';
import { resource, VIEWERS } from '../../../participants/wire/http/resource.ts';
import { canonical, idempotencyKey, idIn, valid } from '../../../participants/wire/http/validate.ts';
import type { Principal } from '../../../participants/wire/tokens.ts';
import type { SagaRow } from '../../engine/saga.ts';
import { act, earlierAction, type Wish } from '../act.ts';
import { placeOrder } from '../intake/place.ts';
import type { ApiParts } from '../parts.ts';
import { actionLinks } from '../views/action.ts';
import { orderLinks, orderView } from '../views/order.ts';

const cancelRequest = z.strictObject({ reason: z.string().min(1).max(1000).exactOptional() });
const ACTIONS_READ_MAX = 100;

/** Puts the routes on a router. */
export function orderRoutes(router: Router, parts: ApiParts): void {
  const { tokens, intake, backlog, actions } = parts;

  resource(router, tokens, '/v1/orders', {
    POST: {
      roles: ['service'],
      body: true,
      async handle(request, response) {
        const orderId = await placeOrder(intake, backlog, request.body, request.get('idempotency-key'));
        const links = orderLinks(orderId);
        answer(response, 202, { orderId, status: 'running', links }, { location: links.self });
      },
    },
  });

  resource(router, tokens, '/v1/orders/:id', {
    GET: {
      roles: ['customer', 'service', ...VIEWERS],
      async handle(request, response, principal) {
        answer(response, 200, orderView(await orderFor(parts, principal, request.params.id)));
      },
    },
  });

  resource(router, tokens, '/v1/orders/:id/cancel', {
    POST: {
      roles: ['customer', 'service'],
      body: true,
      async handle(request, response, principal) {
        const { reason = 'cancelled by the customer' } = valid(cancelRequest, request.body ?? {});
        canonical(reason);
        const row = await orderFor(parts, principal, request.params.id);
        const wish: Wish = {
          action: 'cancel',
          revision: null,
          actor: principal.subject,
          role: principal.role,
          reason,
          params: {},
          idempotencyKey: idempotencyKey(request.get('idempotency-key')),
        };
        const isWaiting = (one: { action: string; state: string }) =>
          one.action === 'cancel' && one.state === 'waiting';
        const taken =
          (await earlierAction(parts, row.id, wish)) ??
          (await actions.ofSaga(row.id, ACTIONS_READ_MAX)).find(isWaiting) ??
          (await act(parts, row, wish));
        const links = actionLinks(taken);
        answer(response, 202, { actionId: taken.id, state: taken.state, links }, { location: links.self });
      },
    },
  });
}

/**
 * An order its reader may see: a customer's own, anyone's for everyone else.
 * @throws Problem `not-found` when there is none, or when it is another customer's
 */
async function orderFor(parts: ApiParts, principal: Principal, id: unknown): Promise<SagaRow> {
  const orderId = idIn(id);
  const found = await parts.views.saga(orderId);
  const isTheirs = principal.role !== 'customer' || found?.row.customerId === principal.subject;
  if (found === null || !isTheirs) throw new Problem('not-found', `There is no order ${orderId}`);
  return found.row;
}
