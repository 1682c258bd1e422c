/** The outcome of a request and its public view, which is the same at the request's address and on a WebSocket. */
import * as z from 'zod';
import { instantText, uuid, type View } from '#platform/http/schemas.ts';
import { offsetInLog } from '#platform/kafka/log-sequence.ts';
import { FAILURES, type FailureReason } from '../events.ts';
import type { Answer } from '../issuing/answer.ts';
import type { Coupon } from '../issuing/store.ts';
import { keyOf, type RequestRef, writeRequestId } from './request-id.ts';
import type { Seal } from './seal.ts';

/** The winning request of a user, as the outcome of a duplicate names it. */
export type First = Pick<
  Coupon,
  'requestId' | 'campaignId' | 'userId' | 'partition' | 'offset' | 'acceptedAt'
>;

export type Outcome =
  | { readonly status: 'pending' }
  | { readonly status: 'issued'; readonly couponId: string; readonly validUntil: Date | null }
  | { readonly status: 'failed'; readonly reason: FailureReason; readonly first: First | null };

export const PENDING: Outcome = { status: 'pending' };

const about = { requestId: z.string(), campaignId: uuid, userId: z.string() };

/** The schemas of `outcomeView`, by status. */
export const outcomes = {
  pending: z.object({ ...about, status: z.literal('pending') }),
  issued: z.object({
    ...about,
    status: z.literal('issued'),
    couponId: uuid,
    validUntil: instantText.exactOptional(),
  }),
  failed: z.object({
    ...about,
    status: z.literal('failed'),
    reason: z.enum(FAILURES),
    firstRequestId: z.string().exactOptional().describe('Of a duplicate: the request that has the coupon.'),
  }),
};
type OutcomeView = View<(typeof outcomes)[keyof typeof outcomes]>;

/** The outcome in an answer from the rows. */
export function outcomeOf(answer: Answer): Outcome {
  switch (answer.state) {
    case 'pending':
      return PENDING;
    case 'issued':
      return { status: 'issued', couponId: answer.coupon.id, validUntil: answer.coupon.validUntil };
    case 'failed':
      return {
        status: 'failed',
        reason: answer.reason,
        first: answer.reason === 'duplicate' ? answer.first : null,
      };
  }
}

/** The public id of a winning request; null when its message did not come from this API. */
export function firstId(seal: Seal, first: First): string | null {
  const { campaignId, userId, partition, offset } = first;
  const key = keyOf(first.requestId, campaignId, userId);
  if (key === null) return null;
  const acceptedAtMs = first.acceptedAt.getTime();
  return writeRequestId(seal, {
    campaignId,
    userId,
    key,
    acceptedAtMs,
    partition,
    offset: offsetInLog(offset),
  });
}

/** The public view of an outcome. */
export function outcomeView(
  seal: Seal,
  requestId: string,
  { campaignId, userId }: Pick<RequestRef, 'campaignId' | 'userId'>,
  outcome: Outcome,
): OutcomeView {
  const { status } = outcome;
  const request = { requestId, campaignId, userId };
  if (status === 'pending') return { ...request, status };
  if (status === 'issued') {
    const { couponId, validUntil } = outcome;
    const until = validUntil !== null && { validUntil: validUntil.toISOString() };
    return { ...request, status, couponId, ...until };
  }
  const first = outcome.first === null ? null : firstId(seal, outcome.first);
  return { ...request, status, reason: outcome.reason, ...(first !== null && { firstRequestId: first }) };
}
