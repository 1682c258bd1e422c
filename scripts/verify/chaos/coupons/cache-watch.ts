/** Compares Redis with the rows during a burst: Redis may lag behind, and must never be ahead. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Cache, cacheIn } from '#participants/coupon/issuing/cache.ts';
import { couponReads } from '#participants/coupon/issuing/sql-store.ts';
import { type CouponReads, claimantKey } from '#participants/coupon/issuing/store.ts';
import { Random } from '#scripts/verify/random.ts';
import type { CouponEnvironment } from './coupon-environment.ts';

const CHECK_EVERY_MS = 50;
const USERS_PER_CHECK = 100;

/** The results of the comparisons. */
export interface CacheFindings {
  /** Comparisons for which both answered. */
  readonly checks: number;
  /** Entries of Redis that the rows contradict. */
  readonly ahead: readonly string[];
}

export interface CacheWatch {
  /** Does not check until it is resumed: the database is being put back on purpose. */
  pause(): Promise<void>;
  resume(): void;
  /** Compares a last time, for every user, and ends. */
  close(): Promise<CacheFindings>;
}

/** Begins to compare the cached state of a campaign and of these users. */
export function watchCache(
  { db, redis }: Pick<CouponEnvironment, 'db' | 'redis'>,
  campaignId: string,
  users: readonly string[],
): CacheWatch {
  const [reads, cache, random] = [couponReads(db), cacheIn(redis), new Random(1)];
  const ahead: string[] = [];
  let [checks, isPaused, isClosed] = [0, false, false];
  const check = async (some: readonly string[]) => {
    // Either may be away: that is one of the faults.
    const found = await compare(reads, cache, campaignId, some).catch(() => null);
    if (found === null) return;
    checks += 1;
    ahead.push(...found);
  };
  let checking: Promise<void> = Promise.resolve();
  const run = async () => {
    while (!isClosed) {
      if (!isPaused) {
        checking = check(Array.from({ length: USERS_PER_CHECK }, () => random.pick(users)));
        await checking;
      }
      await pause(CHECK_EVERY_MS);
    }
  };
  const running = run();
  return {
    async pause() {
      isPaused = true;
      await checking;
    },
    resume() {
      isPaused = false;
    },
    async close() {
      isClosed = true;
      await running;
      await check(users);
      return { checks, ahead };
    },
  };
}

/**
 * The entries of Redis that the rows lack. Reads Redis first: whatever it holds by then is committed. Null: the epoch
 * was renewed meanwhile.
 */
async function compare(
  reads: CouponReads,
  cache: Cache,
  campaignId: string,
  users: readonly string[],
): Promise<string[] | null> {
  const epoch = await reads.epoch();
  const { left, soldOut, winners } = await cache.read(epoch, campaignId, users);
  const cached = users.filter((_, i) => winners[i] !== null);
  const claimants = cached.map((userId) => ({ campaignId, userId }));
  const [campaigns, coupons, after] = await Promise.all([
    reads.campaigns([campaignId]),
    reads.coupons(claimants),
    reads.epoch(),
  ]);
  const [campaign] = campaigns;
  if (after !== epoch || campaign === undefined) return null;
  const really = campaign.total - campaign.issued;
  const rows = new Map(coupons.map((coupon) => [claimantKey(coupon), coupon.requestId]));
  const wrong = users.flatMap((userId, i) => {
    const winner = winners[i];
    const row = rows.get(claimantKey({ campaignId, userId }));
    if (!winner || winner.requestId === row) return [];
    return [`Redis holds ${winner.requestId} as ${userId}'s, the row is ${row ?? 'not there'}`];
  });
  if (left !== null && left < really) wrong.push(`Redis holds ${left} as left, the campaign ${really}`);
  if (soldOut && really > 0) wrong.push(`Redis holds sold out, and ${really} are left`);
  return wrong;
}
