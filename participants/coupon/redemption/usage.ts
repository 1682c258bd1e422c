/** The events of a coupon's use, on `coupon-usage`: derived from the replies to the order. */
import * as z from 'zod';
import { encode } from '#protocol/codec.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';
import { continued } from '#protocol/trace.ts';
import { type CouponUse, coupon, couponUse } from '../contract.ts';

const TOPIC = 'coupon-usage';

export const couponUsed = couponUse.extend({
  orderId: z.string(),
  /** In the order's minor unit. */
  discount: z.number().int().min(0),
});

/** The order failed, and its user may use the coupon again. */
export const couponReturned = couponUse.extend({ orderId: z.string() });

/** Each event's type, topic and schema. */
export const USAGE_EVENTS = {
  'coupon.used': { topic: TOPIC, data: couponUsed },
  'coupon.returned': { topic: TOPIC, data: couponReturned },
} as const;

/** The id of the event beside a command's reply: each command has at most one. */
export function usageId(commandId: string): string {
  return `${commandId}/usage`;
}

/** The event to publish beside a reply of the coupon participant, if any; its key is the coupon's user. */
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
  const id = usageId(commandid);
  const continuing = continued(traceparent, id);
  const value = encode({
    specversion: '1.0',
    id,
    type,
    source,
    time,
    subject: data.userId,
    datacontenttype,
    ...(continuing !== undefined && { traceparent: continuing }),
    data: { ...data, orderId },
  });
  return { topic: USAGE_EVENTS[type].topic, key: data.userId, value };
}
