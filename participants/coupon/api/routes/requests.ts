/** What came of a request: its own address, for its owner, and for backends and the people who run the system. */
import type { Router } from 'express';
import { answer } from '../../../wire/http/answer.ts';
import { Problem, tryAgain } from '../../../wire/http/problem.ts';
import { onlyMethods, resource, VIEWERS } from '../../../wire/http/resource.ts';
import { admittedToLook } from '../admit.ts';
import { outcomeView } from '../outcome.ts';
import type { CouponApiParts } from '../parts.ts';
import { readRequestId } from '../request-id.ts';

const RETRY_SOON_S = 1;
/** Where a coupon is asked for: the hot route's. */
export const ASK_PATH = '/v1/campaigns/:id/requests';
export const RESULTS_PATH = '/v1/coupon-results';

/** Where a request is looked at, and where its result is told. */
export function requestLinks(requestId: string): { self: string; results: string } {
  return { self: `/v1/coupon-requests/${requestId}`, results: RESULTS_PATH };
}

/** Puts the routes on a router. Asking itself is the hot route, in front of the application. */
export function requestRoutes(router: Router, parts: CouponApiParts): void {
  onlyMethods(router, ASK_PATH, ['POST']);

  resource(router, parts.tokens, '/v1/coupon-requests/:id', {
    GET: {
      roles: ['customer', 'service', ...VIEWERS],
      async handle(request, response, principal) {
        admittedToLook(parts, request, principal);
        const requestId = String(request.params.id);
        const ref = readRequestId(parts.requestIds, requestId);
        const isTheirs = principal.role !== 'customer' || ref?.userId === principal.subject;
        if (ref === null || !isTheirs) throw new Problem('not-found', 'There is no such request');
        const outcome = await parts.lookups.add(ref);
        if (outcome === null || outcome === 'too-late') {
          throw tryAgain('overloaded', 'Too many requests are being looked up', RETRY_SOON_S);
        }
        const view = outcomeView(parts.requestIds, requestId, ref, outcome);
        const links = {
          ...requestLinks(requestId),
          ...(typeof view.firstRequestId === 'string' && { first: requestLinks(view.firstRequestId).self }),
        };
        answer(response, 200, { ...view, links });
      },
    },
  });
}
