/** The coupons' cache in memory: no entry expires; tests can empty it and restore a snapshot. */
import type { Cache, CachedCampaign, Winner } from '../cache.ts';

interface Entry {
  readonly issued: number;
  readonly total: number;
  readonly winners: ReadonlyMap<string, Winner>;
}

export interface MemoryCache extends Cache {
  /** Removes everything. */
  clear(): void;
  /** Takes a snapshot. @returns restores it */
  snapshot(): () => void;
}

/** An empty cache. */
export function memoryCache(): MemoryCache {
  let all = new Map<string, Entry>();
  const keyOf = (epoch: string, campaignId: string) => `${campaignId}/${epoch}`;
  return {
    async read(epoch, campaignId, userIds): Promise<CachedCampaign> {
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
      const cachedWinners = new Map(known?.winners);
      for (const { userId, ...winner } of winners) cachedWinners.set(userId, winner);
      all.set(key, { ...(isLater ? { issued, total } : known), winners: cachedWinners });
      return cachedWinners.size;
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
