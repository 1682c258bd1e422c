/**
 * Checks whether a campaign exists before a request of it is accepted. No campaign is ever deleted, so an existing one is
 * cached without expiry, and a missing one for a second. The issuer judges everything else, such as stock and closing.
 */
import { LRUCache } from 'lru-cache';
import type { CouponReads } from '../issuing/store.ts';

const KNOWN_MAX = 10_000;
const MISSING_MAX = 10_000;
const MISSING_MS = 1_000;
/** Concurrent reads; only a client that guesses ids needs more. */
const READING_MAX = 1_000;

export interface KnownCampaigns {
  /** Whether the campaign exists: at once when cached, null when too many reads are running. */
  has(id: string): boolean | Promise<boolean> | null;
}

/** Opens an empty cache. */
export function knownCampaigns(reads: Pick<CouponReads, 'campaigns'>, now: () => number): KnownCampaigns {
  const known = new LRUCache<string, true>({ max: KNOWN_MAX });
  const missing = new LRUCache<string, number>({ max: MISSING_MAX });
  const reading = new Map<string, Promise<boolean>>();

  const read = async (id: string) => {
    try {
      const isThere = (await reads.campaigns([id])).length > 0;
      if (isThere) known.set(id, true);
      else missing.set(id, now() + MISSING_MS);
      return isThere;
    } finally {
      reading.delete(id);
    }
  };

  return {
    has(id) {
      if (known.get(id)) return true;
      const missingUntil = missing.get(id);
      if (missingUntil !== undefined && now() < missingUntil) return false;
      const running = reading.get(id);
      if (running !== undefined) return running;
      if (reading.size >= READING_MAX) return null;
      const answer = read(id);
      reading.set(id, answer);
      return answer;
    },
  };
}
