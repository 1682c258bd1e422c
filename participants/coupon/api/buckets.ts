/** Token buckets, one a key, in this process: how often somebody may do something. Old ones are forgotten, and are full again. */
import { LRUCache } from 'lru-cache';

/** So many a second in the long run, and so many at once. */
export interface BucketLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Buckets {
  /** Takes one; 0 when there was one, else how long until there is, ms. */
  take(key: string, nowMs: number): number;
}

/** @param keysMax keys remembered at once, those not seen for longest go first */
export function buckets({ perSecond, burst }: BucketLimit, keysMax: number): Buckets {
  const kept = new LRUCache<string, { tokens: number; at: number }>({ max: keysMax });
  return {
    take(key, nowMs) {
      const bucket = kept.get(key);
      if (bucket === undefined) {
        kept.set(key, { tokens: burst - 1, at: nowMs });
        return 0;
      }
      const refilled = bucket.tokens + (Math.max(0, nowMs - bucket.at) * perSecond) / 1000;
      bucket.tokens = Math.min(burst, refilled);
      bucket.at = nowMs;
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 1000) / perSecond);
      bucket.tokens -= 1;
      return 0;
    },
  };
}
