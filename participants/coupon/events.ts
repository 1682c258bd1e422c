/**
 * The coupons' events: a request, its result, and a campaign's stock. Schemas, ids and topics.
 *
 * Every id is deterministic, so that a consumer recognises an event it receives twice.
 */
import * as z from 'zod';
import { encode } from '#protocol/codec.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { continued } from '#protocol/trace.ts';

/** The topics of issuing. The key of `coupon-inventory` is the campaign, that of the others the user. */
export const REQUESTS = 'coupon-request';
export const ISSUED = 'coupon-issued';
export const FAILED = 'coupon-failed';
export const STOCK = 'coupon-inventory';

/** Bounds of a user's id and of a request's key, which with the campaign's id make the message's id; characters. */
export const MAX_USER_LENGTH = 100;
export const MAX_REQUEST_KEY_LENGTH = 100;
export const MAX_REQUEST_ID_LENGTH = 250;

/** The `source` of the API's events and of the issuer's. */
export const API_SOURCE = '/coupons';
export const ISSUER_SOURCE = '/coupon-issuer';

const campaignId = z.uuid();
const userId = z.string().min(1).max(MAX_USER_LENGTH);
const requestId = z.string().min(1).max(MAX_REQUEST_ID_LENGTH);

/** Where and when the brokers accepted a request: partition and offset of coupon-request, and their own clock. */
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

/** `coupon.issued`. `position` is the winning message's, also when the client sent the request twice. */
export const couponIssued = z.object({
  ...result,
  couponId: z.uuid(),
  issuedAt: z.iso.datetime(),
  validUntil: z.iso.datetime().nullable(),
});
export type CouponIssued = z.infer<typeof couponIssued>;

/** Why a request got no coupon. `lost`: it left the log before an issuer read it, or it was parked. */
export const FAILURES = ['sold-out', 'duplicate', 'not-open', 'lost'] as const;
export type FailureReason = (typeof FAILURES)[number];

/** `coupon.failed`. Of a duplicate, `first` is the request that has the coupon. */
export const couponFailed = z.object({
  ...result,
  reason: z.enum(FAILURES),
  first: z.object({ requestId, ...position.shape }).optional(),
});
export type CouponFailed = z.infer<typeof couponFailed>;

/** `coupon.stock`, on coupon-inventory. Of two, the one with the smaller `left` is later. */
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

/** The id of a request: the key of one user in one campaign, so that two users may use the same key. */
export function requestIdOf(campaign: string, user: string, key: string): string {
  return `${campaign}/${user}/${key}`;
}

/** The id of the result of one message. Another message of the same request may have another result. */
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

/** An event of the issuer, ready to be published. */
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
  const traceparent = continued(rest.traceparent, rest.id);
  const value = encode({
    specversion: '1.0',
    id: rest.id,
    type: rest.type,
    source: rest.source,
    time: time.toISOString(),
    subject: key,
    datacontenttype: 'application/json',
    ...(traceparent !== undefined && { traceparent }),
    data: rest.data,
  });
  return { topic, key, value };
}
