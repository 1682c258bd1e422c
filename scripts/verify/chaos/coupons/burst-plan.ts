/** The requests of a burst: one of each user, more of some, and some sent twice. */
import { Random } from '#scripts/verify/random.ts';

/** How large a burst is. */
export interface BurstSize {
  readonly coupons: number;
  readonly requests: number;
  /** More than there are coupons, fewer than there are requests. */
  readonly users: number;
}

/** `full` is an opening's; `small` fits in a test, `tiny` in one of many. */
export const SIZES = {
  full: { coupons: 20_000, requests: 200_000, users: 120_000 },
  small: { coupons: 2_000, requests: 20_000, users: 12_000 },
  tiny: { coupons: 500, requests: 3_000, users: 1_800 },
} as const satisfies Record<string, BurstSize>;

/** One request to be sent: the same user and key is the same request. */
export interface Planned {
  readonly userId: string;
  /** The Idempotency-Key. */
  readonly key: string;
}

/**
 * The requests of a burst, in the order of sending. Each user has one; half of the rest are further requests of
 * users, and half are repeats under the same key.
 */
export function burstPlan({ requests, users }: BurstSize, seed: number): Planned[] {
  const random = new Random(seed);
  const all = Array.from({ length: requests }, (_, i) => {
    const user = i < users ? i : random.below(users);
    const isAnother = i >= users && i % 2 === 0;
    return { userId: `user ${user}`, key: isAnother ? `another ${i}` : 'first' };
  });
  // Fisher and Yates'.
  for (let last = all.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [all[last], all[other]] = [all[other] as Planned, all[last] as Planned];
  }
  return all;
}
