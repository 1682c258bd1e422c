/** Token buckets in this process, one a key. The least recently used are dropped, and start full again. */
import { LRUCache } from 'lru-cache';

/** The sustained rate, and the tokens of a full bucket. */
export interface BucketLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Buckets {
  /** Takes a token; 0 when there was one, else the wait until the next one, ms. */
  take(key: string, nowMs: number): number;
}

/** @param keysMax keys held at once; the least recently used go first */
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
