/** Orders: placed by services, read and cancelled by their customers too. */
import * as z from 'zod';
import type { SagaRow } from '#engine/saga.ts';
import { orderInput } from '#orchestrator/sagas/order/input.ts';
import type { ActionRow } from '#orchestrator/store/action-rows.ts';
import { Problem } from '#platform/http/problem.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { idempotencyKey, idInPath } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { act, earlierAction } from '../act.ts';
import { startSaga } from '../intake/start-saga.ts';
import type { ApiParts } from '../parts.ts';
import { needPlan, planned } from '../plan-action.ts';
import type { RequestedAction } from '../requested-action.ts';
import { acceptedView, actionAccepted } from '../views/action.ts';
import { orderAccepted, orderAnswer, orderLinks, orderView } from '../views/order.ts';
import { approvedPlan, planAnswer } from '../views/plan-schema.ts';

const headers = z.object({ 'Idempotency-Key': idempotencyKey });
const placing = headers.extend({
  traceparent: z.string().optional().describe('The trace (W3C) that the order continues.'),
});
const cancelRequest = z
  .strictObject({
    reason: z.string().min(1).max(1000).exactOptional(),
    dryRun: z.boolean().default(false).describe('Show what it would do, without doing it.'),
    planHash: approvedPlan,
  })
  .default({ dryRun: false })
  .meta({ id: 'CancelRequest' });
const ORDER = 'order';
const PLACING = `Send an Idempotency-Key; each customer has keys of its own. After a 503 the order is not placed and never will be.
After a 504, or no answer at all, repeat the request under its key. If it had none, do not repeat it: read the address in
the 504 for a minute; a 404 then means that the order was not placed. An order without a key whose answer was lost on the
way is found by an operator only, among its customer’s sagas.`;
const ACTIONS_READ_MAX = 100;

/** Registers the routes. */
export function orderRoutes(routes: Routes, parts: ApiParts): void {
  const { actions } = parts;

  resource(routes, '/v1/orders', {
    POST: {
      id: 'placeOrder',
      summary: 'Places an order.',
      description: PLACING,
      roles: ['service'],
      reads: { headers: placing, body: orderInput },
      answers: { 202: { body: orderAccepted, headers: ['location'] } },
      problems: ['idempotency-mismatch', 'overloaded'],
      async handle({ headers: { 'Idempotency-Key': key = null }, body, traceparent }) {
        const request = { definition: ORDER, input: body, idempotencyKey: key, traceparent };
        const orderId = await startSaga(parts, request, (id) => ({
          orderId: id,
          links: { self: orderLinks(id).self },
        }));
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
      summary: 'An order and its status.',
      description: 'Customers read their own orders.',
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
      summary: 'Cancels an order, unless its shipping was requested already.',
      roles: ['customer', 'service'],
      reads: { params: idInPath, headers, body: cancelRequest },
      answers: {
        200: { body: planAnswer },
        202: { body: actionAccepted, headers: ['location'] },
      },
      problems: ['conflict', 'plan-changed', 'idempotency-mismatch'],
      async handle({ principal, params, headers: { 'Idempotency-Key': key = null }, body }) {
        const { reason = 'cancelled by the customer', dryRun, planHash = null } = body;
        canonical(reason);
        const row = await orderFor(parts, principal, params.id);
        const request: RequestedAction = {
          action: 'cancel',
          revision: null,
          actor: principal.subject,
          role: principal.role,
          reason,
          params: {},
          idempotencyKey: key,
          planHash,
        };
        if (dryRun) return { status: 200, body: await planned(parts, row, request) };
        // A cancellation that waits under another plan, or under none, is not what this author approved.
        const isWaiting = (one: ActionRow) =>
          one.action === 'cancel' &&
          one.state === 'waiting' &&
          (planHash === null || one.planHash === planHash);
        const earlier =
          (await earlierAction(parts, row.id, request)) ??
          (await actions.ofSaga(row.id, ACTIONS_READ_MAX)).find(isWaiting);
        if (earlier === undefined) await needPlan(parts, row, request);
        const accepted = acceptedView(earlier ?? (await act(parts, row, request)));
        return { status: 202, body: accepted, headers: { location: accepted.links.self } };
      },
    },
  });
}

/**
 * Reads an order. Customers read only their own.
 * @throws Problem `not-found` when there is none, or when it is another customer's
 */
async function orderFor(parts: ApiParts, principal: Principal, orderId: string): Promise<SagaRow> {
  const found = await parts.views.saga(orderId);
  const isTheirs = principal.role !== 'customer' || found?.row.customerId === principal.subject;
  if (found?.row.definition !== ORDER || !isTheirs)
    throw new Problem('not-found', `There is no order ${orderId}`);
  return found.row;
}
