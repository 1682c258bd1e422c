/** The port to the coupons as redemption sees them: locked and read together, and changed together. */
import type { Discount } from '../events.ts';

/** Which command of which order holds a coupon, and since when. */
export interface Redemption {
  /** The order's id. */
  readonly sagaId: string;
  /** The redeem command's. */
  readonly commandId: string;
  readonly at: Date;
}

/** A coupon with what its campaign says of it. */
export interface RedeemableCoupon {
  readonly id: string;
  readonly campaignId: string;
  /** Whose it is. */
  readonly userId: string;
  /** From this instant on it cannot be redeemed; null: it can be for ever. */
  readonly validUntil: Date | null;
  readonly discount: Discount;
  /** Null: it can be redeemed. Deciding changes it. */
  redemption: Redemption | null;
}

/** What becomes of a coupon. */
export interface RedemptionChange {
  readonly couponId: string;
  /** The command that held it when it was locked, or null. */
  readonly was: string | null;
  readonly now: Redemption | null;
}

/** What is read is the caller's own: changing it changes no row. */
export interface RedemptionStore {
  /**
   * Locks and reads the coupons with some ids, and those that some orders hold. A verb of its own: what is decided next
   * sees what the transactions waited for have left. Sorted, so that two batches never wait for each other in a circle.
   * @param ids coupons' ids, each a UUID; an unknown one is missing from the answer
   */
  lockCoupons(ids: readonly string[], sagaIds: readonly string[]): Promise<RedeemableCoupon[]>;
  /**
   * Writes who holds some coupons, each named once, in one conditional statement.
   * @throws Error when one is held by another command than the change says: it was not locked
   */
  writeRedemptions(changes: readonly RedemptionChange[]): Promise<void>;
}
