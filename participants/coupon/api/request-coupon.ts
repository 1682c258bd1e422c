/** `POST /v1/campaigns/{id}/requests`: from a request to what the brokers said of it, or the reason why not. */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import type { Description } from '#platform/http/operation.ts';
import { Problem, tryAgain } from '#platform/http/problem.ts';
import { idempotencyKey, idInPath, link, type View } from '#platform/http/schemas.ts';
import { canonical, valid } from '#platform/http/validate.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { couponRequests } from '#platform/process/metrics.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { MAX_USER_LENGTH } from '../events.ts';
import type { CouponApiParts } from './api-parts.ts';

const RETRY_SOON_S = 1;

const couponRequest = z
  .strictObject({ userId: z.string().min(1).max(MAX_USER_LENGTH) })
  .meta({ id: 'CouponRequestBody' });

const accepted = z
  .object({
    requestId: z.string(),
    status: z.literal('pending'),
    links: z.object({ self: link, results: link }),
  })
  .meta({
    id: 'CouponRequestAccepted',
    description: 'A request that will be decided; its address says how.',
  });
/** What asking is answered with. */
export type Accepted = View<typeof accepted>;

/** Asking, as `openapi.json` tells it. */
export const REQUEST_COUPON = {
  id: 'requestCoupon',
  summary: 'Asks for a coupon of a campaign.',
  description: 'A customer asks for itself. Under one Idempotency-Key a user’s request is one request.',
  roles: ['customer', 'service'],
  reads: {
    params: idInPath,
    headers: z.object({ 'Idempotency-Key': idempotencyKey }),
    body: couponRequest,
  },
  answers: { 202: { body: accepted, headers: ['location'] } },
  problems: ['too-many-requests', 'overloaded'],
} as const satisfies Description;

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Asks for a coupon.
 * @returns its request's public id, once the brokers have it or the door refused it
 * @throws Problem saying what is wrong with it, or when to try again
 */
export async function requestCoupon(
  parts: CouponApiParts,
  principal: Principal,
  campaign: string,
  body: unknown,
  headers: IncomingHttpHeaders,
): Promise<string> {
  const { id: campaignId } = valid(idInPath, { id: campaign }, 'the path');
  const { userId } = valid(couponRequest, body);
  canonical(userId);
  if (principal.role === 'customer' && principal.subject !== userId) {
    throw new Problem(
      'forbidden',
      'A customer asks for its own coupons only: userId must be the token’s sub',
    );
  }
  const key = keyOf(headers['idempotency-key'], parts.now());
  const known = parts.campaigns.has(campaignId);
  // Awaited only where it must be: one turn of the event loop less for each request.
  if (!(typeof known === 'boolean' ? known : await known)) throw missing(campaignId, known);
  const { traceparent } = headers;
  const isTraced = typeof traceparent === 'string' && TRACEPARENT.test(traceparent);
  const joined = parts.intake.add({ campaignId, userId, key, ...(isTraced && { traceparent }) });
  if (joined === null) {
    couponRequests.inc({ outcome: 'overloaded' });
    throw tryAgain('overloaded', 'No more requests can be taken in right now', RETRY_SOON_S);
  }
  const taken = await joined;
  if (taken.kind === 'unavailable') {
    couponRequests.inc({ outcome: 'unavailable' });
    throw tryAgain('unavailable', 'Requests cannot be accepted right now', RETRY_SOON_S);
  }
  const { ref, first } = taken;
  couponRequests.inc({ outcome: ref.refused ?? 'accepted' });
  const requestId = parts.ids.write(ref);
  if (ref.refused !== undefined) parts.refused(ref, requestId, first ?? null);
  return requestId;
}

/** What tells this request from the user's others: the same Idempotency-Key, the same request. */
function keyOf(header: string | string[] | undefined, nowMs: number): string {
  const said = valid(idempotencyKey, header, 'Idempotency-Key');
  // Its hash: of a bounded length, and without a slash, which parts the message's id.
  return said === undefined ? uuidv7(nowMs) : hash('sha256', said, 'base64url');
}

function missing(campaignId: string, known: unknown): Problem {
  return known === null
    ? tryAgain('overloaded', 'Too many campaigns are being looked for', RETRY_SOON_S)
    : new Problem('not-found', `There is no campaign ${campaignId}`);
}
