/** Records of the result topics as results. */

import { couponFailed, couponIssued } from '#participants/coupon/events.ts';
import { checkData, decode } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import type { Outcome } from '../outcome.ts';
import { keyOf } from '../request-id.ts';
import type { HeardResult } from './subscribers.ts';

/**
 * The result a record tells; null when it is no request of ours, or cannot be read: the rows have it all the same, and
 * whoever waits is told by the next look at them.
 */
export function heardResult(record: InRecord): HeardResult | null {
  try {
    const envelope = decode(record.value);
    const data =
      envelope.type === 'coupon.issued'
        ? checkData(couponIssued, envelope)
        : checkData(couponFailed, envelope);
    const { requestId: messageId, campaignId, userId, position } = data;
    const key = keyOf(messageId, campaignId, userId);
    if (key === null) return null;
    const { partition, offset, acceptedAt } = position;
    const ref = { campaignId, userId, key, acceptedAtMs: Date.parse(acceptedAt), partition, offset };
    return { eventId: envelope.id, messageId, ref, outcome: outcomeIn(data) };
  } catch (error) {
    if (error instanceof TerminalError) return null;
    throw error;
  }
}

function outcomeIn(
  data: ReturnType<typeof couponIssued.parse> | ReturnType<typeof couponFailed.parse>,
): Outcome {
  if ('couponId' in data) {
    const { couponId, validUntil } = data;
    return { status: 'issued', couponId, validUntil: validUntil === null ? null : new Date(validUntil) };
  }
  const { reason, first, campaignId, userId } = data;
  if (first === undefined) return { status: 'failed', reason, first: null };
  return {
    status: 'failed',
    reason,
    first: { ...first, campaignId, userId, acceptedAt: new Date(first.acceptedAt) },
  };
}
