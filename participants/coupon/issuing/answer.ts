/**
 * What came of a request, from the rows alone: by whom and whenever it is asked, the answer is the same.
 *
 * It can be, because nothing it rests on changes once a partition's checkpoint has passed the request: a campaign's total and
 * times are for ever, what is issued only grows, a user's row is written once, and a campaign is closed only after what
 * was decided before.
 */
import type { FailureReason } from '../events.ts';
import type { Campaign, Coupon, LostRange } from './store.ts';

/** A request as the brokers took it. */
export interface AcceptedRequest {
  /** The message's id. */
  readonly id: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly partition: number;
  readonly offset: number;
  /** The broker's clock. */
  readonly acceptedAt: Date;
}

/** What came of a decided request. */
export type Decided =
  | { readonly state: 'issued'; readonly coupon: Coupon }
  | { readonly state: 'failed'; readonly reason: Exclude<FailureReason, 'duplicate'> }
  | { readonly state: 'failed'; readonly reason: 'duplicate'; readonly first: Coupon };

/** What can be told of a request: pending until its partition's checkpoint has passed it. */
export type Answer = Decided | { readonly state: 'pending' };

/** What is known of a request's campaign and user; undefined: there is no such row. */
export interface Known {
  readonly campaign: Campaign | undefined;
  readonly coupon: Coupon | undefined;
}

/** Whether a campaign issues for what was accepted at an instant. */
export function isOpen(campaign: Campaign | undefined, at: Date): boolean {
  if (campaign === undefined) return false;
  const { startsAt, endsAt, closedAt } = campaign;
  return (
    (startsAt === null || at >= startsAt) &&
    (endsAt === null || at < endsAt) &&
    (closedAt === null || at < closedAt)
  );
}

/** The answer to a request that its partition's checkpoint has passed. */
export function answerOf(request: AcceptedRequest, { campaign, coupon }: Known, isLost: boolean): Decided {
  if (coupon?.requestId === request.id) return { state: 'issued', coupon };
  // All of a user's requests are in one partition, so their offsets say which came first.
  if (coupon !== undefined && coupon.offset < request.offset)
    return { state: 'failed', reason: 'duplicate', first: coupon };
  if (isLost) return { state: 'failed', reason: 'lost' };
  if (!isOpen(campaign, request.acceptedAt)) return { state: 'failed', reason: 'not-open' };
  return { state: 'failed', reason: 'sold-out' };
}

/** Whether a range that could not be decided holds a request. */
export function isIn(ranges: readonly LostRange[], { partition, offset }: AcceptedRequest): boolean {
  return ranges.some((range) => range.partition === partition && range.from <= offset && offset < range.to);
}
