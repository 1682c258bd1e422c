/** Turns a record of a result topic into a result to deliver. */

import { couponFailed, couponIssued } from '#participants/coupon/events.ts';
import { checkData, decodeRecord } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';
import type { Outcome } from '../outcome.ts';
import { keyOf, type RequestRef } from '../request-id.ts';

/** A result to deliver. */
export interface ReceivedResult {
  /** The event's id: the same whenever the result is published again. */
  readonly eventId: string;
  readonly messageId: string;
  /** Its request, at the position of the decided message; of a coupon, of the winning one. */
  readonly ref: RequestRef;
  /** Its public id, when it is sealed already: sealing costs more than delivering. */
  readonly requestId?: string;
  readonly outcome: Outcome;
  readonly traceparent?: string | undefined;
}

/**
 * The result in a record; null when the request is not from this API or the record is invalid. The rows hold such a result
 * too, so the next lookup delivers it.
 */
export function receivedResult(record: InRecord): ReceivedResult | null {
  try {
    const envelope = decodeRecord(record);
    const data =
      envelope.type === 'coupon.issued'
        ? checkData(couponIssued, envelope)
        : checkData(couponFailed, envelope);
    const { requestId: messageId, campaignId, userId, position } = data;
    const key = keyOf(messageId, campaignId, userId);
    if (key === null) return null;
    const { partition, offset, acceptedAt } = position;
    const ref = { campaignId, userId, key, acceptedAtMs: Date.parse(acceptedAt), partition, offset };
    const { id: eventId, traceparent } = envelope;
    return { eventId, messageId, ref, outcome: outcomeIn(data), traceparent };
  } catch {
    return null;
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
