/** The coupons' `asyncapi.json`: the topics of coupons (S2) with what travels on them, from the events' own schemas. */
import { asyncApiDocument, type MessageType } from '#protocol/asyncapi.ts';
import { COUPON_EVENTS } from '../events.ts';
import { USAGE_EVENTS } from '../redemption/usage.ts';

const SUMMARIES = {
  'coupon.requested': 'Somebody asks for a coupon of a campaign.',
  'coupon.issued': 'A request has its coupon.',
  'coupon.failed': 'A request gets none, and why.',
  'coupon.stock': 'How many a campaign has left.',
  'coupon.used': 'An order redeemed a coupon.',
  'coupon.returned': 'The order that had redeemed it came to nothing.',
} as const;

/** Seen from the coupons' processes: the API says what is requested, issuer and participant say the rest. */
const TRAVELLERS: readonly MessageType[] = Object.entries({ ...COUPON_EVENTS, ...USAGE_EVENTS }).map(
  ([type, { topic, data }]) => ({
    type,
    topic,
    data,
    action: 'send',
    summary: SUMMARIES[type as keyof typeof SUMMARIES],
  }),
);

/** The document. */
export function couponAsyncApi(): object {
  return asyncApiDocument({ title: 'Coupons', version: '1' }, TRAVELLERS);
}
