/**
 * Which campaigns there are, as far as a request at the door needs to know. A campaign is never deleted, so one that was
 * seen is known for good; one that was not there is asked for again after a second. What else changes of a campaign
 * (stock, closing) is the issuer's to judge.
 */
import { LRUCache } from 'lru-cache';
import type { CouponReads } from '../issuing/store.ts';

const KNOWN_MAX = 10_000;
const MISSING_MAX = 10_000;
const MISSING_MS = 1_000;
/** Checked for at once; beyond that somebody only guesses ids. */
const ASKING_MAX = 1_000;

export interface KnownCampaigns {
  /** Whether there is such a campaign: at once where it is known, null when too many are being looked for. */
  has(id: string): boolean | Promise<boolean> | null;
}

/** Knows nothing at first. */
export function knownCampaigns(reads: Pick<CouponReads, 'campaigns'>, now: () => number): KnownCampaigns {
  const known = new LRUCache<string, true>({ max: KNOWN_MAX });
  const missing = new LRUCache<string, number>({ max: MISSING_MAX });
  const asking = new Map<string, Promise<boolean>>();

  const ask = async (id: string) => {
    try {
      const isThere = (await reads.campaigns([id])).length > 0;
      if (isThere) known.set(id, true);
      else missing.set(id, now() + MISSING_MS);
      return isThere;
    } finally {
      asking.delete(id);
    }
  };

  return {
    has(id) {
      if (known.get(id)) return true;
      const missingUntil = missing.get(id);
      if (missingUntil !== undefined && now() < missingUntil) return false;
      const asked = asking.get(id);
      if (asked !== undefined) return asked;
      if (asking.size >= ASKING_MAX) return null;
      const answer = ask(id);
      asking.set(id, answer);
      return answer;
    },
  };
}
