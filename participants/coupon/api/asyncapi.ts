/** The coupons' `asyncapi.json`: the coupons' topics with their messages, from the events' schemas. */
import { asyncApiDocument, type MessageType } from '#protocol/asyncapi.ts';
import { COUPON_EVENTS } from '../events.ts';
import { USAGE_EVENTS } from '../redemption/usage.ts';

const SUMMARIES = {
  'coupon.requested': 'A user requests a coupon of a campaign.',
  'coupon.issued': 'A request got a coupon.',
  'coupon.failed': 'A request got no coupon, with the reason.',
  'coupon.stock':
    'The coupons that a campaign has left, after each change; a reader begins with GET /v1/campaigns/{id}.',
  'coupon.used': 'An order redeemed a coupon.',
  'coupon.returned': 'The order that had redeemed it failed.',
} as const;

/** The coupons' processes send them all: the API the requests, issuer and participant the rest. */
const TRAVELLERS: readonly MessageType[] = Object.entries({ ...COUPON_EVENTS, ...USAGE_EVENTS }).map(
  ([type, { topic, data }]) => ({
    type,
    topic,
    data,
    action: 'send',
    summary: SUMMARIES[type as keyof typeof SUMMARIES],
  }),
);

export function couponAsyncApi(): object {
  return asyncApiDocument({ title: 'Coupons', version: '1' }, TRAVELLERS);
}
