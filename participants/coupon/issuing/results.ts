/** What is published of a decision: an answer a request, and how many of a campaign are left. */
import type { OutMessage } from '#protocol/envelope.ts';
import { issuerMessage, resultId } from '../events.ts';
import type { AcceptedRequest } from './answer.ts';
import type { Answered } from './decide-requests.ts';
import type { Campaign, Coupon } from './store.ts';

/**
 * A request's answer. Published again it is the same, byte for byte: an issued one tells of the row, so also where the
 * same request was sent twice; a failed one bears the time at which its request was taken.
 */
export function resultMessage({ request, answer }: Answered, traceparent?: string): OutMessage {
  if (answer.state === 'issued') {
    const { coupon } = answer;
    const { id: couponId, campaignId, userId, requestId, issuedAt, validUntil } = coupon;
    const data = {
      requestId,
      campaignId,
      userId,
      position: positionOf(coupon),
      couponId,
      issuedAt: issuedAt.toISOString(),
      validUntil: validUntil?.toISOString() ?? null,
    };
    return issuerMessage('coupon.issued', resultId(requestId, coupon), userId, issuedAt, data, traceparent);
  }
  const { id: requestId, campaignId, userId, acceptedAt } = request;
  const data = {
    requestId,
    campaignId,
    userId,
    position: positionOf(request),
    reason: answer.reason,
    ...(answer.reason === 'duplicate' && {
      first: { requestId: answer.first.requestId, ...positionOf(answer.first) },
    }),
  };
  return issuerMessage('coupon.failed', resultId(requestId, request), userId, acceptedAt, data, traceparent);
}

function positionOf({ partition, offset, acceptedAt }: AcceptedRequest | Coupon) {
  return { partition, offset, acceptedAt: acceptedAt.toISOString() };
}

/** How many of a campaign are left when so many are issued. */
export function stockMessage({ id, total }: Campaign, issued: number, now: Date): OutMessage {
  const left = total - issued;
  const data = { campaignId: id, total, left, soldOut: left === 0 };
  return issuerMessage('coupon.stock', `${id}/stock/${issued}`, id, now, data);
}
