/** The port to the tables that the issuer and the API share: campaigns, coupons, checkpoints and lost ranges. Reads take a batch. */
import type { Approves } from '#protocol/plan-hash.ts';
import type { Discount } from '../events.ts';

/** A campaign. Only `issued` and `closedAt` change. */
export interface Campaign {
  readonly id: string;
  readonly name: string;
  /** The number of coupons, and how many of them are issued. */
  readonly total: number;
  readonly issued: number;
  readonly discount: Discount;
  /** The issuer compares both with the brokers' time of acceptance; null: no start, no end. */
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  /** Its coupons can be redeemed until then; null: without end. */
  readonly validUntil: Date | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  /** Requests accepted from then on get no coupon. */
  readonly closedAt: Date | null;
}

export type NewCampaign = Omit<Campaign, 'issued' | 'closedAt'>;

/** An issued coupon, with the request that won it. */
export interface Coupon {
  readonly id: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly requestId: string;
  readonly partition: number;
  /** In sequence, see request-logs.ts. */
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

/** A claimant as a map's key; no campaign id contains a slash. */
export function claimantKey({ campaignId, userId }: Claimant): string {
  return `${campaignId}/${userId}`;
}

/** How far a partition of coupon-request is decided: the next offset in sequence (see request-logs.ts), and the latest acceptance among the decided requests. */
export interface Checkpoint {
  readonly partition: number;
  readonly next: number;
  readonly acceptedUntil: Date | null;
}

/** A partition's checkpoint, and when each of its logs after the first one began, in order. */
export interface PartitionState extends Checkpoint {
  readonly begins: readonly Date[];
}

/** Offsets in sequence of requests that no issuer could decide: from inclusive, to exclusive. */
export interface LostRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** The reads of issuer and API. Rows come in no order, and missing ones are left out, unless a verb says otherwise. */
export interface CouponReads {
  campaigns(ids: readonly string[]): Promise<Campaign[]>;
  coupons(claimants: readonly Claimant[]): Promise<Coupon[]>;
  /** A campaign's coupons by user, those of users after `userId` ('' for the first page). */
  couponsAfter(campaignId: string, userId: string, limit: number): Promise<Coupon[]>;
  /** The checkpoints of all partitions ever assigned; a missing one is 0. */
  checkpoints(): Promise<Checkpoint[]>;
  /** The same, with their logs, at one moment. */
  partitions(): Promise<PartitionState[]>;
  /** The lost ranges that hold one of some positions. */
  lost(positions: ReadonlyArray<{ partition: number; offset: number }>): Promise<LostRange[]>;
  /** The random value in the name of every key in Redis. */
  epoch(): Promise<string>;
}

/** The API's verbs on campaigns. */
export interface CampaignStore {
  /**
   * Makes a campaign, once for each maker and key (null: no key, always made).
   * @param reason why it is made; kept beside the campaign
   * @returns the stored campaign: the given one, or the one that its maker made under the key before
   */
  create(campaign: NewCampaign, key: string | null, reason?: string | null): Promise<Campaign>;
  /** Whether a maker has made a campaign under a key. */
  isMade(createdBy: string, key: string): Promise<boolean>;
  /** Newest first, those with an id below `before`. */
  list(limit: number, before?: string): Promise<Campaign[]>;
  /**
   * Closes a campaign to requests accepted from now on. A closed campaign stays unchanged.
   * @param by who closes it, and why; kept beside the campaign
   * @returns the campaign; null: there is none
   * @throws CampaignChanged where its author saw it otherwise, unless it was them who closed it
   */
  close(id: string, now: Date, by?: ClosedBy): Promise<Campaign | null>;
}

/** Who closes a campaign, and why. */
export interface ClosedBy {
  /** As `createdBy`: the role and the name. */
  readonly closedBy: string;
  /** null: none was given. */
  readonly reason: string | null;
  /** Whether they saw the campaign so; undefined: they named no plan. */
  readonly approves?: Approves<Campaign> | undefined;
}

/** A campaign is another one than its author saw. Thrown inside the transaction, so that nothing of it stays. */
export class CampaignChanged extends Error {
  readonly campaign: Campaign;
  constructor(campaign: Campaign) {
    super('the campaign has changed since the plan was made');
    this.name = 'CampaignChanged';
    this.campaign = campaign;
  }
}
