/**
 * The events of the coupons (S2): what is asked for, what came of it, and how many are left. Schemas, ids and topics.
 *
 * Every id is deterministic, so that whoever hears an event twice can tell.
 */
import * as z from 'zod';
import { encode } from '#protocol/codec.ts';
import type { OutMessage } from '#protocol/envelope.ts';

/** The topics of S2 that issuing uses. `coupon-inventory` is keyed by campaign, the others by user. */
export const REQUESTS = 'coupon-request';
export const ISSUED = 'coupon-issued';
export const FAILED = 'coupon-failed';
export const STOCK = 'coupon-inventory';

/** Room for a user's id and for an `Idempotency-Key`: with a campaign's id they make a message's id. */
export const MAX_USER_LENGTH = 100;
export const MAX_REQUEST_KEY_LENGTH = 100;
export const MAX_REQUEST_ID_LENGTH = 250;

/** Who sends which event. */
export const API_SOURCE = '/coupons';
export const ISSUER_SOURCE = '/coupon-issuer';

const campaignId = z.uuid();
const userId = z.string().min(1).max(MAX_USER_LENGTH);
const requestId = z.string().min(1).max(MAX_REQUEST_ID_LENGTH);

/** Where and when the brokers took a request: partition and offset of coupon-request, and their own clock. */
const position = z.object({
  partition: z.number().int().min(0),
  offset: z.number().int().min(0),
  acceptedAt: z.iso.datetime(),
});

/** `coupon.requested`. The envelope's id is the request's id, its subject and the record's key the user. */
export const couponRequested = z.object({ campaignId, userId });
export type CouponRequested = z.infer<typeof couponRequested>;

const result = { requestId, campaignId, userId, position };

/** What a coupon is worth: an amount in the currency's minor unit, or percent of the order's amount. */
export const discount = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('amount'),
    value: z.number().int().min(1).max(2_000_000_000),
    currency: z.string().regex(/^[A-Z]{3}$/),
  }),
  z.object({ kind: z.literal('percent'), value: z.number().int().min(1).max(100) }),
]);
export type Discount = z.infer<typeof discount>;

/** `coupon.issued`. `position` is the winning message's, also where the same request was sent twice. */
export const couponIssued = z.object({
  ...result,
  couponId: z.uuid(),
  issuedAt: z.iso.datetime(),
  validUntil: z.iso.datetime().nullable(),
});
export type CouponIssued = z.infer<typeof couponIssued>;

/** Why a request got no coupon. lost: it left the log before anybody could decide it. */
export const FAILURES = ['sold-out', 'duplicate', 'not-open', 'lost'] as const;
export type FailureReason = (typeof FAILURES)[number];

/** `coupon.failed`. Of a duplicate, `first` is the request that has the coupon. */
export const couponFailed = z.object({
  ...result,
  reason: z.enum(FAILURES),
  first: z.object({ requestId, ...position.shape }).optional(),
});
export type CouponFailed = z.infer<typeof couponFailed>;

/** `coupon.stock`, on coupon-inventory. A smaller `left` is later. */
export const couponStock = z.object({
  campaignId,
  total: z.number().int().min(1),
  left: z.number().int().min(0),
  soldOut: z.boolean(),
});
export type CouponStock = z.infer<typeof couponStock>;

/** Each event's topic and schema. */
export const COUPON_EVENTS = {
  'coupon.requested': { topic: REQUESTS, data: couponRequested },
  'coupon.issued': { topic: ISSUED, data: couponIssued },
  'coupon.failed': { topic: FAILED, data: couponFailed },
  'coupon.stock': { topic: STOCK, data: couponStock },
} as const;

/** The id of a request: one user's key in one campaign, so keys of two users never meet. */
export function requestIdOf(campaign: string, user: string, key: string): string {
  return `${campaign}/${user}/${key}`;
}

/** The id of the answer to a message. Another message of the same request may be answered differently. */
export function resultId(
  request: string,
  { partition, offset }: { partition: number; offset: number },
): string {
  return `${request}/result/${partition}-${offset}`;
}

/** A `coupon.requested`, ready to be published. */
export function requestMessage(
  id: string,
  data: CouponRequested,
  now: Date,
  traceparent?: string,
): OutMessage {
  return message({
    topic: REQUESTS,
    id,
    type: 'coupon.requested',
    source: API_SOURCE,
    key: data.userId,
    time: now,
    data,
    ...(traceparent !== undefined && { traceparent }),
  });
}

/** An event of the issuer's, ready to be published. */
export function issuerMessage(
  type: 'coupon.issued' | 'coupon.failed' | 'coupon.stock',
  id: string,
  key: string,
  time: Date,
  data: CouponIssued | CouponFailed | CouponStock,
  traceparent?: string,
): OutMessage {
  const { topic } = COUPON_EVENTS[type];
  return message({
    topic,
    id,
    type,
    source: ISSUER_SOURCE,
    key,
    time,
    data,
    ...(traceparent !== undefined && { traceparent }),
  });
}

function message(event: {
  topic: string;
  id: string;
  type: string;
  source: string;
  key: string;
  time: Date;
  data: unknown;
  traceparent?: string;
}): OutMessage {
  const { topic, key, time, ...rest } = event;
  const value = encode({
    specversion: '1.0',
    id: rest.id,
    type: rest.type,
    source: rest.source,
    time: time.toISOString(),
    subject: key,
    datacontenttype: 'application/json',
    ...(rest.traceparent !== undefined && { traceparent: rest.traceparent }),
    data: rest.data,
  });
  return { topic, key, value };
}
