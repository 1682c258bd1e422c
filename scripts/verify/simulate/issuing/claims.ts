/** Judges single claims about a request against the rows. Pure. */

import type { CouponFailed, CouponIssued, FailureReason } from '#participants/coupon/events.ts';
import type { AcceptedRequest } from '#participants/coupon/issuing/answer.ts';
import type { Campaign, Coupon, LostRange } from '#participants/coupon/issuing/store.ts';
import { decode } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';

/** The rows of PostgreSQL, and all requests. */
export interface Rows {
  readonly campaigns: readonly Campaign[];
  readonly coupons: readonly Coupon[];
  readonly lost: readonly LostRange[];
  /** Ranges that left the log undecided and are not recorded yet: the next request of the partition reveals them. */
  readonly vanished: readonly LostRange[];
  readonly requests: readonly AcceptedRequest[];
}

/** A claim about a request: its coupon, or the reason for having none. */
export interface Claim {
  readonly couponId?: string;
  readonly reason?: FailureReason;
}

/** A published result. */
export interface PublishedResult extends Claim {
  readonly requestId: string;
  /** Of the message it answers: partition/offset. */
  readonly place: string;
  readonly text: string;
}

/** The result in a record. Its id bears the message's place; `position` is the winning message's. */
export function resultOf({ value }: InRecord): PublishedResult {
  const { id, data } = decode(value);
  const { requestId, ...rest } = data as CouponIssued | CouponFailed;
  const [, place = ''] = /\/result\/(\d+-\d+)$/.exec(id) ?? [];
  const claim = 'couponId' in rest ? { couponId: rest.couponId } : { reason: rest.reason };
  return { ...claim, requestId, place: place.replace('-', '/'), text: String(value) };
}

/** True when the rows support the claim. */
export function isTrue({ couponId, reason }: Claim, request: AcceptedRequest, rows: Rows): boolean {
  const { id, campaignId, userId, partition, offset, acceptedAt } = request;
  const own = rows.coupons.find((one) => one.campaignId === campaignId && one.userId === userId);
  if (reason === undefined) return own?.id === couponId && own?.requestId === id;
  // The same request, sent once more, may win where it did not the first time.
  if (own?.requestId === id && offset >= own.offset) return false;
  if (reason === 'duplicate') return own !== undefined && own.offset < offset;
  const campaign = rows.campaigns.find((one) => one.id === campaignId);
  // A user who has a coupon by an earlier request must get `duplicate`.
  if (own !== undefined && own.offset < offset) return false;
  if (reason === 'lost')
    return rows.lost.some((one) => one.partition === partition && one.from <= offset && offset < one.to);
  if (reason === 'sold-out') return campaign !== undefined && campaign.issued >= campaign.total;
  const { startsAt = null, endsAt = null, closedAt = null } = campaign ?? {};
  return (
    (startsAt !== null && acceptedAt < startsAt) ||
    (endsAt !== null && acceptedAt >= endsAt) ||
    (closedAt !== null && acceptedAt >= closedAt)
  );
}
