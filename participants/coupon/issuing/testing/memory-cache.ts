/** What Redis remembers, in memory: nothing wears off, and it can be emptied or put back like a Redis. */
import type { Cache, CampaignCache, Winner } from '../cache.ts';

interface Remembered {
  readonly issued: number;
  readonly total: number;
  readonly winners: ReadonlyMap<string, Winner>;
}

export interface MemoryCache extends Cache {
  /** Forgets everything. */
  clear(): void;
  /** Notes everything as it is. @returns what brings it back */
  snapshot(): () => void;
}

/** Cache of which there are none. */
export function memoryCache(): MemoryCache {
  let all = new Map<string, Remembered>();
  const keyOf = (epoch: string, campaignId: string) => `${campaignId}/${epoch}`;
  return {
    async read(epoch, campaignId, userIds): Promise<CampaignCache> {
      const known = all.get(keyOf(epoch, campaignId));
      return {
        left: known === undefined ? null : known.total - known.issued,
        soldOut: known !== undefined && known.issued >= known.total && known.winners.size >= known.issued,
        winners: userIds.map((userId) => known?.winners.get(userId) ?? null),
      };
    },
    async write(epoch, { campaignId, issued, total, winners }) {
      const key = keyOf(epoch, campaignId);
      const known = all.get(key);
      const isLater = known === undefined || issued >= known.issued;
      const remembered = new Map(known?.winners);
      for (const { userId, ...winner } of winners) remembered.set(userId, winner);
      all.set(key, { ...(isLater ? { issued, total } : known), winners: remembered });
      return remembered.size;
    },
    clear() {
      all = new Map();
    },
    snapshot() {
      const then = new Map(all);
      return () => {
        all = new Map(then);
      };
    },
  };
}
