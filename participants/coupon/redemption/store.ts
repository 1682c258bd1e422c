/** Redemption's port to the coupons: it locks and reads them together, and changes them together. */
import type { Discount } from '../events.ts';

/** The command and the order that hold a coupon, and since when. */
export interface Redemption {
  /** The order's id. */
  readonly sagaId: string;
  /** The redeem command's id. */
  readonly commandId: string;
  readonly at: Date;
}

/** A coupon with its campaign's discount. */
export interface RedeemableCoupon {
  readonly id: string;
  readonly campaignId: string;
  /** The owner. */
  readonly userId: string;
  /** Orders accepted before this instant can redeem it; null: without end. */
  readonly validUntil: Date | null;
  readonly discount: Discount;
  /** Null: no order holds it. `decideRedemptions` changes it. */
  redemption: Redemption | null;
}

/** The change of a coupon's holder. */
export interface RedemptionChange {
  readonly couponId: string;
  /** The command that held it when it was locked, or null. */
  readonly was: string | null;
  readonly now: Redemption | null;
}

/** The returned coupons are copies: a change to one changes no row. */
export interface RedemptionStore {
  /**
   * Locks and reads the coupons with some ids, and those that some orders hold. Separate from the decision, which so sees
   * the commits of the transactions it waited for. It locks in the order of the ids, so that batches never deadlock.
   * @param ids coupons' ids, each a UUID; the result omits unknown ones
   */
  lockCoupons(ids: readonly string[], sagaIds: readonly string[]): Promise<RedeemableCoupon[]>;
  /**
   * Writes the holders of some coupons, each named once, in one conditional statement.
   * @throws Error when another command than `was` holds one: the caller had not locked it
   */
  writeRedemptions(changes: readonly RedemptionChange[]): Promise<void>;
}
