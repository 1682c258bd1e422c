/**
 * Derives a request's result from the rows alone, so that the issuer and the API give the same answer at any time.
 *
 * Nothing it reads changes once a partition's checkpoint has passed the request: a campaign's total and times are fixed,
 * its issued count only grows, a user's row is written once, and a campaign closes only after every decided request.
 */
import type { FailureReason } from '../events.ts';
import type { Campaign, Coupon, LostRange } from './store.ts';

/** A request as the brokers accepted it. */
export interface AcceptedRequest {
  /** The message's id. */
  readonly id: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly partition: number;
  /** In the partition's log; for a decision, in sequence: see request-logs.ts. */
  readonly offset: number;
  /** The broker's clock. */
  readonly acceptedAt: Date;
}

/** The result of a decided request. */
export type Decided =
  | { readonly state: 'issued'; readonly coupon: Coupon }
  | { readonly state: 'failed'; readonly reason: Exclude<FailureReason, 'duplicate'> }
  | { readonly state: 'failed'; readonly reason: 'duplicate'; readonly first: Coupon };

/** The present answer: pending until the partition's checkpoint has passed the request. */
export type Answer = Decided | { readonly state: 'pending' };

/** The rows of a request's campaign and user; undefined: there is no such row. */
export interface RequestRows {
  readonly campaign: Campaign | undefined;
  readonly coupon: Coupon | undefined;
}

/**
 * Whether a campaign is open to a request that the brokers accepted at an instant. It issues no coupon that is invalid from
 * the start.
 */
export function isOpen(campaign: Campaign | undefined, at: Date): boolean {
  if (campaign === undefined) return false;
  const { startsAt, endsAt, validUntil, closedAt } = campaign;
  return (
    (startsAt === null || at >= startsAt) &&
    (endsAt === null || at < endsAt) &&
    (validUntil === null || at < validUntil) &&
    (closedAt === null || at < closedAt)
  );
}

/** The answer to a request that its partition's checkpoint has passed. */
export function answerOf(
  request: AcceptedRequest,
  { campaign, coupon }: RequestRows,
  isLost: boolean,
): Decided {
  if (coupon?.requestId === request.id) return { state: 'issued', coupon };
  // All requests of a user are in one partition, so their offsets order them.
  if (coupon !== undefined && coupon.offset < request.offset)
    return { state: 'failed', reason: 'duplicate', first: coupon };
  if (isLost) return { state: 'failed', reason: 'lost' };
  if (!isOpen(campaign, request.acceptedAt)) return { state: 'failed', reason: 'not-open' };
  return { state: 'failed', reason: 'sold-out' };
}

/** Whether one of the lost ranges holds a request. */
export function isIn(ranges: readonly LostRange[], { partition, offset }: AcceptedRequest): boolean {
  return ranges.some((range) => range.partition === partition && range.from <= offset && offset < range.to);
}
