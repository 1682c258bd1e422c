/** The route of a request's outcome, for its owner, backends and operators. */
import * as z from 'zod';
import { admitReads, admitted } from '#platform/http/admission.ts';
import { Problem, tryAgain } from '#platform/http/problem.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { link } from '#platform/http/schemas.ts';
import type { CouponApiParts } from '../api-parts.ts';
import { outcomes, outcomeView } from '../outcome.ts';
import { REQUEST_PATH, requestLinks } from '../paths.ts';
import { REQUEST_COUPON, REQUEST_MAX_BYTES, requestCoupon } from '../request-coupon.ts';
import { readRequestId } from '../request-id.ts';

const RETRY_SOON_S = 1;

const links = {
  links: z.object({
    self: link,
    results: link,
    first: link.exactOptional().describe('Of a duplicate: the request that has the coupon.'),
  }),
};
const requestAnswer = z
  .discriminatedUnion('status', [
    outcomes.pending.extend(links),
    outcomes.issued.extend(links),
    outcomes.failed.extend(links),
  ])
  .meta({ id: 'CouponRequest', description: 'A request for a coupon, with its outcome.' });

/** Registers the routes. The hot route answers nearly every POST itself, in front of the application. */
export function requestRoutes(routes: Routes, parts: CouponApiParts): void {
  resource(routes, REQUEST_PATH, {
    POST: {
      ...REQUEST_COUPON,
      admit: admitted(parts, 'request'),
      bodyMaxBytes: REQUEST_MAX_BYTES,
      async handle(request) {
        const requestId = await requestCoupon(parts, request);
        const links = requestLinks(requestId);
        return {
          status: 202,
          body: { requestId, status: 'pending', links },
          headers: { location: links.self },
        };
      },
    },
  });

  resource(routes, '/v1/coupon-requests/:id', {
    GET: {
      id: 'getCouponRequest',
      summary: 'The outcome of a request.',
      description: 'A customer sees its own requests only.',
      roles: ['customer', 'service', ...VIEWERS],
      admit: admitReads(parts),
      reads: { params: z.object({ id: z.string() }) },
      answers: { 200: { body: requestAnswer } },
      problems: ['overloaded'],
      async handle({ params: { id: requestId }, principal }) {
        const ref = readRequestId(parts.requestIds, requestId);
        const isTheirs = principal.role !== 'customer' || ref?.userId === principal.subject;
        if (ref === null || !isTheirs) throw new Problem('not-found', 'There is no such request');
        const outcome = await parts.lookups.add(ref);
        if (outcome === null || outcome === 'too-late') {
          throw tryAgain('overloaded', 'Too many lookups are waiting', RETRY_SOON_S);
        }
        const view = outcomeView(parts.requestIds, requestId, ref, outcome);
        const first = view.status === 'failed' ? view.firstRequestId : undefined;
        const all = {
          ...requestLinks(requestId),
          ...(first !== undefined && { first: requestLinks(first).self }),
        };
        return { status: 200, body: { ...view, links: all } };
      },
    },
  });
}
