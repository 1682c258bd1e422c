/** What issuing needs of its tables, and what the API reads of them. Everything is asked for by the batch. */
import type { Discount } from '../events.ts';

/** A campaign. All but `issued` and `closedAt` never changes. */
export interface Campaign {
  readonly id: string;
  readonly name: string;
  /** How many coupons there are, and how many of them somebody has. */
  readonly total: number;
  readonly issued: number;
  readonly discount: Discount;
  /** Judged on the broker's acceptance time; null: open from the start, open without end. */
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  /** Until when its coupons can be redeemed, null: without end. */
  readonly validUntil: Date | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  /** From then on nothing more is issued. */
  readonly closedAt: Date | null;
}

export type NewCampaign = Omit<Campaign, 'issued' | 'closedAt'>;

/** A coupon somebody has, with the request that won it. */
export interface Coupon {
  readonly id: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly requestId: string;
  readonly partition: number;
  readonly offset: number;
  readonly acceptedAt: Date;
  readonly issuedAt: Date;
  readonly validUntil: Date | null;
}

/** A user in a campaign: at most one coupon. */
export interface Claimant {
  readonly campaignId: string;
  readonly userId: string;
}

/** A claimant as a map's key; no campaign's id holds a slash. */
export function claimantKey({ campaignId, userId }: Claimant): string {
  return `${campaignId}/${userId}`;
}

/** How far a partition of coupon-request is decided: the next offset, and the latest acceptance among what is. */
export interface Checkpoint {
  readonly partition: number;
  readonly next: number;
  readonly acceptedUntil: Date | null;
}

/** Requests nobody could decide: from inclusive, to exclusive. */
export interface LostRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What anybody may read. In no order, and what is not there is left out, unless said otherwise. */
export interface CouponReads {
  campaigns(ids: readonly string[]): Promise<Campaign[]>;
  coupons(claimants: readonly Claimant[]): Promise<Coupon[]>;
  /** A campaign's coupons by user, those of users after `userId` ('' for the first page). */
  couponsAfter(campaignId: string, userId: string, limit: number): Promise<Coupon[]>;
  /** The checkpoints of all partitions that were ever assigned; a missing one is 0. */
  checkpoints(): Promise<Checkpoint[]>;
  /** The lost ranges that hold one of some positions. */
  lost(positions: ReadonlyArray<{ partition: number; offset: number }>): Promise<LostRange[]>;
  /** The random value in the name of every key in Redis. */
  epoch(): Promise<string>;
}

/** Campaigns, as the API makes, shows and closes them. */
export interface CampaignStore {
  /**
   * Makes a campaign, once a maker and key (null: there is none, and it is always made).
   * @returns the one that stands: what was given, or what the same maker made under the same key before
   */
  create(campaign: NewCampaign, key: string | null): Promise<Campaign>;
  /** Newest first, those with an id below `before`. */
  list(limit: number, before?: string): Promise<Campaign[]>;
  /**
   * Closes a campaign: what is accepted from now on is not open. Closed before, it stays as it is.
   * @returns the campaign, null where there is none
   */
  close(id: string, now: Date): Promise<Campaign | null>;
}
