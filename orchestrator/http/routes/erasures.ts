/** Erasures: an admin requests that a customer's personal data be erased, and reads how far it is. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type Erasure, type ErasurePlan, ORDERS_COUNTED } from '#orchestrator/store/erasure-store.ts';
import { confirmed } from '#platform/http/failure.ts';
import { approvedHash, planChanged, planHashText } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { type Routes, resource } from '#platform/http/resource.ts';
import { count, idempotencyKey, idInPath, instant, link, uuid, type View } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { planHash } from '#protocol/plan-hash.ts';
import type { ApiParts } from '../parts.ts';

const ADMINS = ['admin'] as const;

const request = z
  .strictObject({
    customerId: z.string().min(1).max(100),
    reason: z
      .string()
      .min(1)
      .max(1000)
      .describe('For the audit, which keeps it: it must not name the customer.'),
    dryRun: z.boolean().default(false).describe('Show what it would erase, without requesting it.'),
    planHash: approvedHash,
  })
  .meta({ id: 'ErasureRequest' });

const headers = z.object({ 'Idempotency-Key': idempotencyKey });
const answer = z
  .object({
    erasureId: uuid,
    subject: z.string().describe('Stands in the place of the customer’s id from now on.'),
    state: z.enum(['waiting', 'done']),
    detail: z.string().exactOptional().describe('What it waits for, or what was erased.'),
    requestedAt: instant,
    endedAt: instant.exactOptional(),
    links: z.object({ self: link }),
  })
  .meta({ id: 'Erasure', description: 'The erasure of a customer’s personal data.' });

const plan = z
  .object({
    dryRun: z.literal(true),
    orders: count.max(ORDERS_COUNTED).describe('The customer’s orders; at the bound there may be more.'),
    underWay: count.describe('Those of them that have not ended: the erasure waits for them.'),
    waiting: z.boolean().describe('Whether a request for this customer waits already.'),
    planHash: planHashText.describe(
      'SHA-256 over the customer, the number of orders and whether a request waits: orders end by themselves.',
    ),
  })
  .meta({
    id: 'ErasurePlan',
    description: 'What an erasure would erase: of these orders every personal field.',
  });

/** Registers the routes. */
export function erasureRoutes(routes: Routes, { erasures, now }: ApiParts): void {
  resource(routes, '/v1/erasures', {
    POST: {
      id: 'requestErasure',
      summary: 'Requests that a customer’s personal data be erased.',
      description:
        'The retention process carries it out, once no order of the customer is under way. A repeat while it waits gets the same answer.',
      roles: ADMINS,
      reads: { headers, body: request },
      answers: { 200: { body: plan }, 202: { body: answer, headers: ['location'] } },
      problems: ['plan-changed', 'idempotency-mismatch'],
      async handle({ headers: sent, body, principal: { subject: actor, role } }) {
        const { customerId, reason, dryRun, planHash: seen } = body;
        canonical({ customerId, reason });
        if (!dryRun && reason.toLowerCase().includes(customerId.toLowerCase())) {
          throw new Problem(
            'validation',
            'The reason names the customer, and the audit keeps it: leave the id out',
          );
        }
        if (dryRun) return { status: 200, body: planOf(customerId, await erasures.plan(customerId)) };
        const id = randomUUID();
        const made = await confirmed(
          erasures.request(
            {
              ...{ id, customerId, actor, role, reason },
              idempotencyKey: sent['Idempotency-Key'] ?? null,
              ...(seen !== undefined && {
                approves: (present) => planOf(customerId, present).planHash === seen,
              }),
            },
            now,
          ),
          `/v1/erasures/${id}`,
        );
        if (made === 'mismatch')
          throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
        if ('changed' in made) throw planChanged(planOf(customerId, made.changed));
        const view = viewOf(made);
        return { status: 202, body: view, headers: { location: view.links.self } };
      },
    },
  });

  resource(routes, '/v1/erasures/:id', {
    GET: {
      id: 'getErasure',
      summary: 'How far an erasure is.',
      roles: ADMINS,
      reads: { params: idInPath },
      answers: { 200: { body: answer } },
      async handle({ params: { id } }) {
        const found = await erasures.read(id);
        if (found === null) throw new Problem('not-found', `There is no erasure ${id}`);
        return { status: 200, body: viewOf(found) };
      },
    },
  });
}

/** The plan of an erasure, as things stand. Orders that are under way end by themselves: their number is no part of the promise. */
function planOf(customerId: string, { orders, underWay, waiting }: ErasurePlan): View<typeof plan> {
  const promised = { orders, waiting: waiting !== null };
  const hash = planHash({ act: 'erase', customerId, ...promised });
  return { dryRun: true, ...promised, underWay, planHash: hash };
}

function viewOf({ id, detail, endedAt, ...rest }: Erasure): View<typeof answer> {
  return {
    erasureId: id,
    ...rest,
    ...(detail !== null && { detail }),
    ...(endedAt !== null && { endedAt }),
    links: { self: `/v1/erasures/${id}` },
  };
}
