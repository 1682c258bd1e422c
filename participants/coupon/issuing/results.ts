/** The messages of a decision: a result for each request, and the stock of each campaign. */

import { offsetInLog } from '#platform/kafka/log-sequence.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { issuerMessage, resultId } from '../events.ts';
import type { AcceptedRequest } from './answer.ts';
import type { Answered } from './decide-requests.ts';
import type { Campaign, Coupon } from './store.ts';

/**
 * The message of a request's result. Published again it is the same, byte for byte: an issued one derives from the
 * coupon's row, also when the client sent the request twice; a failed one bears its request's time of acceptance.
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
  return { partition, offset: offsetInLog(offset), acceptedAt: acceptedAt.toISOString() };
}

/** The message of a campaign's stock after `issued` coupons. */
export function stockMessage({ id, total }: Campaign, issued: number, now: Date): OutMessage {
  const left = total - issued;
  const data = { campaignId: id, total, left, soldOut: left === 0 };
  return issuerMessage('coupon.stock', `${id}/stock/${issued}`, id, now, data);
}
