/** `POST /v1/campaigns/{id}/requests`: passes a checked request to the intake, and returns its public id. */

import { hash } from 'node:crypto';
import * as z from 'zod';
import type { Description, ParsedRequest } from '#platform/http/operation.ts';
import { outcomeUnknown, Problem, tryAgain } from '#platform/http/problem.ts';
import { idempotencyKey, idInPath, link, type View } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { MAX_USER_LENGTH } from '../events.ts';
import type { CouponApiParts } from './api-parts.ts';
import { couponRequests } from './metrics.ts';
import { requestLinks } from './paths.ts';

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
    description: 'An accepted request; its address shows the result.',
  });
export type Accepted = View<typeof accepted>;

/** A body holds a user's id only. */
export const REQUEST_MAX_BYTES = 4_096;

/** The operation, without its handler. */
export const REQUEST_COUPON = {
  id: 'requestCoupon',
  summary: 'Requests a coupon of a campaign.',
  description: `A customer may request for itself only. Repeats under one Idempotency-Key are one request. After a 503 the request is
not made and never will be. After a 504 it may win: its address, in the problem, is pending for as long as that can be,
and then shows its outcome. Repeat it under its key, or without one: a user gets one coupon of a campaign, and a
duplicate links the request that has it.`,
  roles: ['customer', 'service'],
  reads: {
    params: idInPath,
    headers: z.object({
      'Idempotency-Key': idempotencyKey,
      traceparent: z.string().optional().describe('The trace (W3C) that the result continues.'),
    }),
    body: couponRequest,
  },
  answers: { 202: { body: accepted, headers: ['location'] } },
  problems: ['too-many-requests', 'overloaded'],
} as const satisfies Description;

/** A request whose parts have been checked. */
export type CouponRequest = Pick<
  ParsedRequest<typeof REQUEST_COUPON.reads>,
  'principal' | 'traceparent' | 'params' | 'headers' | 'body'
>;

/**
 * Requests a coupon.
 * @returns the request's public id, once the brokers acknowledged it or its cached state answered it
 * @throws Problem with the fault of the request, or with the time to try again
 */
export async function requestCoupon(
  parts: CouponApiParts,
  {
    principal,
    params: { id: campaignId },
    headers: { 'Idempotency-Key': givenKey },
    traceparent,
    body: { userId },
  }: CouponRequest,
): Promise<string> {
  canonical(userId);
  if (principal.role === 'customer' && principal.subject !== userId) {
    throw new Problem(
      'forbidden',
      'A customer may request its own coupons only: userId must be the token’s sub',
    );
  }
  const key = keyOf(givenKey, parts.now());
  const known = parts.campaigns.has(campaignId);
  // Awaited only if it is a promise, which saves a turn of the event loop for most requests.
  if (!(typeof known === 'boolean' ? known : await known)) throw missing(campaignId, known);
  const joined = parts.intake.add({
    campaignId,
    userId,
    key,
    ...(traceparent !== undefined && { traceparent }),
  });
  if (joined === null) {
    couponRequests.inc({ outcome: 'overloaded' });
    throw tryAgain('overloaded', 'No more requests can be accepted right now', RETRY_SOON_S);
  }
  const taken = await joined;
  if (taken.kind === 'unavailable') {
    couponRequests.inc({ outcome: 'unavailable' });
    throw tryAgain('unavailable', 'Requests cannot be accepted right now', RETRY_SOON_S);
  }
  if (taken.kind === 'unknown') {
    couponRequests.inc({ outcome: 'unknown' });
    const requestId = parts.ids.write(taken.ref);
    throw outcomeUnknown(
      'The brokers have not confirmed the request, and it may win: read links.self. A repeat under the same Idempotency-Key is the same request; any other request of the user gets no second coupon',
      { requestId, links: { self: requestLinks(requestId).self } },
    );
  }
  const { ref, first } = taken;
  couponRequests.inc({ outcome: ref.refused ?? 'accepted' });
  const requestId = parts.ids.write(ref);
  if (ref.refused !== undefined) parts.refused(ref, requestId, first ?? null);
  return requestId;
}

/** Distinguishes the requests of one user in one campaign: derived from the Idempotency-Key, else random. */
function keyOf(given: string | undefined, nowMs: number): string {
  // A hash has a bounded length and no slash, which separates the parts of the message's id.
  return given === undefined ? uuidv7(nowMs) : hash('sha256', given, 'base64url');
}

function missing(campaignId: string, known: unknown): Problem {
  return known === null
    ? tryAgain('overloaded', 'Too many unknown campaigns are being read', RETRY_SOON_S)
    : new Problem('not-found', `There is no campaign ${campaignId}`);
}
