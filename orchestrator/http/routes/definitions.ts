/** Definitions: the list of versions, the activation of one, and the start of sagas. */
import * as z from 'zod';
import { definitionKey } from '#engine/step-batch.ts';
import { confirmed } from '#platform/http/failure.ts';
import { approvedHash, planChanged } from '#platform/http/plan-contract.ts';
import { Problem, tryAgain } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { anyFields, idempotencyKey } from '#platform/http/schemas.ts';
import { canonical, valid } from '#platform/http/validate.ts';
import { startSaga } from '../intake/start-saga.ts';
import type { ApiParts } from '../parts.ts';
import { activated, activationPlan, definitionPage, definitionsView } from '../views/definitions.ts';
import { sagaStarted } from '../views/saga-schema.ts';

const activationRequest = z
  .strictObject({
    version: z.number().int().min(1).max(1_000_000),
    reason: z.string().min(1).max(1000),
    dryRun: z.boolean().default(false).describe('Show what it would do, without doing it.'),
    planHash: approvedHash,
  })
  .meta({ id: 'ActivationRequest' });

const headers = z.object({ 'Idempotency-Key': idempotencyKey });
const RETRY_S = 1;

/** Registers the routes. */
export function definitionRoutes(routes: Routes, parts: ApiParts): void {
  const { versions, definitions, active } = parts;

  const needDefinition = (name: string) => {
    if (![...definitions.values()].some((one) => one.name === name))
      throw new Problem('not-found', `There is no definition ${name}`);
  };

  resource(routes, '/v1/definitions', {
    GET: {
      id: 'listDefinitions',
      summary:
        'Each version of each definition: the engines that run it, whether it is active, its live sagas.',
      roles: VIEWERS,
      answers: { 200: { body: definitionPage } },
      async handle() {
        const items = definitionsView([...definitions.values()], await versions.now());
        return { status: 200, body: { items } };
      },
    },
  });

  resource(routes, '/v1/definitions/:name/activations', {
    POST: {
      id: 'activateDefinition',
      summary: 'Activates a version: new sagas begin under it.',
      description:
        'Refused while a live engine, or this API, lacks the version. It may be repeated: an active version stays active. A dry run answers a planHash; a request that bears it is refused where another version is active by now.',
      // Operators too: reverting a bad version must not wait for an admin.
      roles: OPERATORS,
      reads: { params: z.object({ name: z.string() }), headers, body: activationRequest },
      answers: { 200: { body: activated } },
      problems: ['not-everywhere', 'plan-changed', 'idempotency-mismatch'],
      async handle({ params: { name }, headers: sent, body, principal }) {
        const { version, reason, dryRun, planHash } = body;
        canonical(reason);
        needDefinition(name);
        // Once active, it would make this API answer 503 to every order.
        if (!definitions.has(definitionKey(name, version))) {
          throw new Problem('not-everywhere', `This API lacks ${name} v${version}: replace it first`);
        }
        if (dryRun) {
          const plan = await versions.plan({ name, version });
          if (plan.kind === 'refused') throw notPossible(plan.why);
          return { status: 200, body: activationPlan(name, version, plan) };
        }
        const { subject: actor, role } = principal;
        const done = await confirmed(
          versions.activate({
            ...{ name, version, reason, actor, role, planHash },
            idempotencyKey: sent['Idempotency-Key'] ?? null,
            approves: (now) =>
              planHash === undefined ||
              (now.kind !== 'refused' && activationPlan(name, version, now).planHash === planHash),
          }),
          '/v1/definitions',
        );
        if (done === 'mismatch')
          throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
        if ('changed' in done) {
          if (done.changed.kind === 'refused') throw notPossible(done.changed.why);
          throw planChanged(activationPlan(name, version, done.changed));
        }
        if (done.kind === 'refused') throw notPossible(done.why);
        return { status: 200, body: { definition: name, version, changed: done.kind === 'activated' } };
      },
    },
  });

  resource(routes, '/v1/definitions/:name/sagas', {
    POST: {
      id: 'startSaga',
      summary: 'Starts a saga.',
      description:
        'The body is the input of the definition’s active version. Each customer has keys of its own. A repeat after a 504, or after no answer, needs the same Idempotency-Key.',
      roles: ['service'],
      reads: { params: z.object({ name: z.string() }), headers, body: anyFields },
      answers: { 202: { body: sagaStarted, headers: ['location'] } },
      problems: ['idempotency-mismatch', 'overloaded'],
      async handle({ params: { name }, headers: { 'Idempotency-Key': key = null }, body }) {
        needDefinition(name);
        const definition = await active(name);
        if (definition === null) throw tryAgain('unavailable', `No version of ${name} is active`, RETRY_S);
        const input = valid(definition.input, body);
        const request = { definition: name, input, idempotencyKey: key };
        const linksOf = (id: string) => ({ self: `/v1/sagas/${id}` });
        const sagaId = await startSaga(parts, request, (id) => ({
          sagaId: id,
          links: linksOf(id),
        }));
        const links = linksOf(sagaId);
        return { status: 202, body: { sagaId, status: 'running', links }, headers: { location: links.self } };
      },
    },
  });
}

const notPossible = (why: string) => new Problem('not-everywhere', `Not possible: ${why}`);
