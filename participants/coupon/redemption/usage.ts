/** The events of a coupon's use, on `coupon-usage`: made of the replies that announce it to the order (S15). */
import * as z from 'zod';
import { encode } from '#protocol/codec.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';
import { type CouponUse, coupon, couponUse } from '../contract.ts';

const TOPIC = 'coupon-usage';

export const couponUsed = couponUse.extend({
  orderId: z.string(),
  /** What it took off, in the order's minor unit. */
  discount: z.number().int().min(0),
});

/** The order that used it came to nothing: the coupon can be used again. */
export const couponReturned = couponUse.extend({ orderId: z.string() });

/** Each event's type, topic and schema. */
export const USAGE_EVENTS = {
  'coupon.used': { topic: TOPIC, data: couponUsed },
  'coupon.returned': { topic: TOPIC, data: couponReturned },
} as const;

/** The id of the event beside a command's reply: one a command, for ever. */
export function usageId(commandId: string): string {
  return `${commandId}/usage`;
}

/** The event that a reply of the coupon participant makes public, if any. Keyed by the coupon's user. */
export function usageEvents(reply: Envelope): OutMessage[] {
  const { redeemed, restored } = REPLIES;
  if (reply.type === 'coupon.redeemed') {
    const { use, discount } = redeemed.parse(reply.data);
    return use === undefined ? [] : [event(reply, 'coupon.used', { ...use, discount })];
  }
  if (reply.type === 'coupon.restored') {
    const { use } = restored.parse(reply.data);
    return use === undefined ? [] : [event(reply, 'coupon.returned', use)];
  }
  return [];
}

const REPLIES = {
  redeemed: coupon.replies['coupon.redeemed'].data,
  restored: coupon.replies['coupon.restored'].data,
};

function event(
  { commandid = '', source, time, subject: orderId, datacontenttype, traceparent }: Envelope,
  type: keyof typeof USAGE_EVENTS,
  data: CouponUse & { discount?: number },
): OutMessage {
  const value = encode({
    specversion: '1.0',
    id: usageId(commandid),
    type,
    source,
    time,
    subject: data.userId,
    datacontenttype,
    ...(traceparent !== undefined && { traceparent }),
    data: { ...data, orderId },
  });
  return { topic: USAGE_EVENTS[type].topic, key: data.userId, value };
}
