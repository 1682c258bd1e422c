/** The machine-readable contracts: open to all who reach the port, for they hold no data. */
import type { Router } from 'express';
import { measure } from '../../../participants/wire/http/resource.ts';
import { asyncApi } from '../asyncapi.ts';
import type { ApiParts } from '../parts.ts';

/** Puts `/asyncapi.json` on a router. */
export function documentRoutes(router: Router, { definitions }: ApiParts): void {
  const document = JSON.stringify(asyncApi([...definitions.values()]));
  router.get('/asyncapi.json', measure('/asyncapi.json'), (_request, response) => {
    response.type('application/json').send(document);
  });
}
