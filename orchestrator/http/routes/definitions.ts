/** Definitions: which versions there are, who knows them, which is active; and activating one, forward or back. */
import type { Router } from 'express';
import * as z from 'zod';
import { answer } from '../../../participants/wire/http/answer.ts';
import { Problem } from '../../../participants/wire/http/problem.ts';
import { OPERATORS, resource, VIEWERS } from '../../../participants/wire/http/resource.ts';
import { canonical, valid } from '../../../participants/wire/http/validate.ts';
import { definitionKey } from '../../engine/batch.ts';
import type { ApiParts } from '../parts.ts';
import { definitionsView } from '../views/definitions.ts';

const activationRequest = z.strictObject({
  version: z.number().int().min(1).max(1_000_000),
  reason: z.string().min(1).max(1000),
});

/** Puts the routes on a router. */
export function definitionRoutes(router: Router, parts: ApiParts): void {
  const { tokens, versions, definitions } = parts;
  const view = async () => definitionsView([...definitions.values()], await versions.now());

  resource(router, tokens, '/v1/definitions', {
    GET: {
      roles: VIEWERS,
      async handle(_request, response) {
        answer(response, 200, { items: await view() });
      },
    },
  });

  resource(router, tokens, '/v1/definitions/:name/activations', {
    POST: {
      // Operators too: taking a bad version back must not wait for an admin.
      roles: OPERATORS,
      body: true,
      async handle(request, response, { subject, role }) {
        const name = String(request.params.name);
        const { version, reason } = valid(activationRequest, request.body);
        canonical(reason);
        if (![...definitions.values()].some((one) => one.name === name)) {
          throw new Problem('not-found', `There is no definition ${name}`);
        }
        // Active, it would leave this API answering 503 to every order.
        if (!definitions.has(definitionKey(name, version))) {
          throw new Problem('not-everywhere', `This API does not know ${name} v${version}: replace it first`);
        }
        const done = await versions.activate({ name, version, reason, actor: subject, role });
        if (done.kind === 'refused') throw new Problem('not-everywhere', `Not possible: ${done.why}`);
        answer(response, 200, { definition: name, version, changed: done.kind === 'activated' });
      },
    },
  });
}
