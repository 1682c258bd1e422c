/** The machine-readable contracts: open to all who reach the port, for they hold no data. */
import type { Router } from 'express';
import { measure } from '../../../wire/http/resource.ts';
import { couponAsyncApi } from '../asyncapi.ts';

/** Puts `/asyncapi.json` on a router. */
export function documentRoutes(router: Router): void {
  const document = JSON.stringify(couponAsyncApi());
  router.get('/asyncapi.json', measure('/asyncapi.json'), (_request, response) => {
    response.type('application/json').send(document);
  });
}
