/** Orders: placed by the shop's backend, read and cancelled by their customers. */
import * as z from 'zod';
import type { SagaRow } from '#engine/saga.ts';
import { orderInput } from '#orchestrator/sagas/order/input.ts';
import { Problem } from '#platform/http/problem.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { idempotencyKey, idInPath } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { act, earlierAction, type Wish } from '../act.ts';
import { placeOrder } from '../intake/place.ts';
import type { ApiParts } from '../parts.ts';
import { acceptedView, actionAccepted } from '../views/action.ts';
import { orderAccepted, orderAnswer, orderLinks, orderView } from '../views/order.ts';

const headers = z.object({ 'Idempotency-Key': idempotencyKey });
const cancelRequest = z
  .strictObject({ reason: z.string().min(1).max(1000).exactOptional() })
  .default({})
  .meta({ id: 'CancelRequest' });
const ACTIONS_READ_MAX = 100;

/** Puts the routes on a router. */
export function orderRoutes(routes: Routes, parts: ApiParts): void {
  const { intake, backlog, actions } = parts;

  resource(routes, '/v1/orders', {
    POST: {
      id: 'placeOrder',
      summary: 'Places an order.',
      description: 'Keys are remembered for each customer.',
      roles: ['service'],
      reads: { headers, body: orderInput },
      answers: { 202: { body: orderAccepted, headers: ['location'] } },
      problems: ['idempotency-mismatch', 'overloaded'],
      async handle({ headers: { 'Idempotency-Key': key = null }, body }) {
        const orderId = await placeOrder(intake, backlog, body, key);
        const links = orderLinks(orderId);
        return {
          status: 202,
          body: { orderId, status: 'running', links },
          headers: { location: links.self },
        };
      },
    },
  });

  resource(routes, '/v1/orders/:id', {
    GET: {
      id: 'getOrder',
      summary: 'How an order stands.',
      description: 'A customer sees its own.',
      roles: ['customer', 'service', ...VIEWERS],
      reads: { params: idInPath },
      answers: { 200: { body: orderAnswer } },
      async handle({ principal, params }) {
        return { status: 200, body: orderView(await orderFor(parts, principal, params.id)) };
      },
    },
  });

  resource(routes, '/v1/orders/:id/cancel', {
    POST: {
      id: 'cancelOrder',
      summary: 'Cancels an order, as long as its shipping was not asked for.',
      roles: ['customer', 'service'],
      reads: { params: idInPath, headers, body: cancelRequest },
      answers: { 202: { body: actionAccepted, headers: ['location'] } },
      problems: ['conflict', 'idempotency-mismatch'],
      async handle({ principal, params, headers: { 'Idempotency-Key': key = null }, body }) {
        const { reason = 'cancelled by the customer' } = body;
        canonical(reason);
        const row = await orderFor(parts, principal, params.id);
        const wish: Wish = {
          action: 'cancel',
          revision: null,
          actor: principal.subject,
          role: principal.role,
          reason,
          params: {},
          idempotencyKey: key,
        };
        const isWaiting = (one: { action: string; state: string }) =>
          one.action === 'cancel' && one.state === 'waiting';
        const taken =
          (await earlierAction(parts, row.id, wish)) ??
          (await actions.ofSaga(row.id, ACTIONS_READ_MAX)).find(isWaiting) ??
          (await act(parts, row, wish));
        const accepted = acceptedView(taken);
        return { status: 202, body: accepted, headers: { location: accepted.links.self } };
      },
    },
  });
}

/**
 * An order its reader may see: a customer's own, anyone's for everyone else.
 * @throws Problem `not-found` when there is none, or when it is another customer's
 */
async function orderFor(parts: ApiParts, principal: Principal, orderId: string): Promise<SagaRow> {
  const found = await parts.views.saga(orderId);
  const isTheirs = principal.role !== 'customer' || found?.row.customerId === principal.subject;
  if (found === null || !isTheirs) throw new Problem('not-found', `There is no order ${orderId}`);
  return found.row;
}
