/** Refreshes Redis from committed rows: repairs failed writes, refills an emptied Redis, and adds new campaigns. */

import type { Logger } from '#platform/process/log.ts';
import { type Repetition, repeat } from '#platform/process/repeat.ts';
import { type Cache, winnerOf } from './cache.ts';
import { cacheUnwritten, campaignsRefreshed } from './metrics.ts';
import type { Campaign, CampaignStore, Coupon, CouponReads } from './store.ts';

const EVERY_MS = 30_000;
/** Only the newest campaigns are refreshed; the issuer writes the others whenever it issues of them. */
const MAX_CAMPAIGNS = 200;
/** A campaign is refreshed so long after its end, so that late requests of winners are refused as duplicates. */
const KEPT_AFTER_END_MS = 86_400_000;
const PAGE = 1_000;

export interface RefreshParts {
  readonly reads: Pick<CouponReads, 'epoch' | 'couponsAfter' | 'checkpoints'>;
  readonly campaigns: Pick<CampaignStore, 'list'>;
  readonly cache: Pick<Cache, 'write'>;
  /** The highest checkpoint of each partition that this process wrote or started at. */
  readonly highest: ReadonlyMap<number, number>;
  /** Called when a checkpoint is below its highest: the database went back in time, and no request has revealed it yet. */
  readonly onBehind: (reason: string) => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
}

/** Refreshes at once and every half minute, until closed. A failed refresh is logged, and the next one repairs it. */
export function keepRefreshing(parts: RefreshParts): Pick<Repetition, 'close'> {
  let closing = false;
  const refreshOrCount = () =>
    refreshAll(parts, () => closing).catch((error) => {
      cacheUnwritten.inc();
      throw error;
    });
  const refreshing = repeat(refreshOrCount, {
    everyMs: EVERY_MS,
    log: parts.log,
    failed: 'cache-not-refreshed',
  });
  return {
    async close() {
      closing = true;
      await refreshing.close();
    },
  };
}

/** Refreshes the newest campaigns that ended less than a day ago or not at all. */
export async function refreshAll(parts: RefreshParts, isStopped: () => boolean = () => false): Promise<void> {
  // Before all rows: what a restored database then shows goes under an epoch that nobody reads any more.
  const epoch = await parts.reads.epoch();
  // Copied before the checkpoints are read, since a decision during the read raises `highest` above them.
  const highestBefore = [...parts.highest];
  const checkpoints = new Map(
    (await parts.reads.checkpoints()).map(({ partition, next }) => [partition, next]),
  );
  for (const [partition, highest] of highestBefore) {
    const checkpoint = checkpoints.get(partition) ?? 0;
    if (checkpoint < highest)
      return parts.onBehind(
        `partition ${partition} is decided up to ${checkpoint}, and was up to ${highest}`,
      );
  }
  const endedBefore = new Date(parts.now() - KEPT_AFTER_END_MS);
  const all = await parts.campaigns.list(MAX_CAMPAIGNS);
  const live = all.filter(({ endsAt, closedAt }) => {
    const end = closedAt ?? endsAt;
    return end === null || end > endedBefore;
  });
  for (const campaign of live) if (!isStopped()) await refresh(parts, epoch, campaign, isStopped);
  campaignsRefreshed.set(live.length);
}

/** Writes the campaign's counts, and all its winners when the cache lacks any. */
async function refresh(
  { reads, cache }: RefreshParts,
  epoch: string,
  { id: campaignId, issued, total }: Campaign,
  isStopped: () => boolean,
): Promise<void> {
  const write = (coupons: readonly Coupon[]) =>
    cache.write(epoch, { campaignId, issued, total, winners: coupons.map(winnerOf) });
  if ((await write([])) >= issued) return;
  let after = '';
  while (!isStopped()) {
    const page = await reads.couponsAfter(campaignId, after, PAGE);
    await write(page);
    if (page.length < PAGE) return;
    after = page.at(-1)?.userId ?? '';
  }
}
