/** Brings Redis up to what is committed: what a write missed, what a Redis that was emptied lacks, a new campaign. */

import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import { type Cache, winnerOf } from './cache.ts';
import { cacheUnwritten, campaignsRefreshed } from './metrics.ts';
import type { Campaign, CampaignStore, Coupon, CouponReads } from './store.ts';

const EVERY_MS = 30_000;
/** The newest ones are looked at; of a campaign beyond them Redis is told when something is issued. */
const MAX_CAMPAIGNS = 200;
/** So long after its end a campaign is kept: late users are still told that they have one. */
const KEPT_AFTER_END_MS = 86_400_000;
const PAGE = 1_000;

export interface RefreshParts {
  readonly reads: Pick<CouponReads, 'epoch' | 'couponsAfter' | 'checkpoints'>;
  readonly campaigns: Pick<CampaignStore, 'list'>;
  readonly cache: Pick<Cache, 'write'>;
  /** The highest checkpoint there ever was of each partition. */
  readonly highest: ReadonlyMap<number, number>;
  /** The database went back in time, and nobody has asked for a coupon since: nothing else would tell. */
  readonly onBehind: (reason: string) => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
}

/** Refreshes at once and every half minute, until closed. Redis or the database being away only puts it off. */
export function keepRefreshing(parts: RefreshParts): { close: () => Promise<void> } {
  let closing = false;
  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = running.then(() =>
      refreshAll(parts, () => closing).catch((error) => {
        cacheUnwritten.inc();
        parts.log.throttled('refresh', 'Redis was not brought up to date', { error: messageOf(error) });
      }),
    );
  };
  run();
  const timer = setInterval(run, EVERY_MS);
  return {
    async close() {
      closing = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** Refreshes the newest campaigns that are not long over. */
export async function refreshAll(parts: RefreshParts, isStopped: () => boolean = () => false): Promise<void> {
  // As they are before the checkpoints are read: what is decided meanwhile is above what the read brings.
  const known = [...parts.highest];
  const checkpoints = new Map(
    (await parts.reads.checkpoints()).map(({ partition, next }) => [partition, next]),
  );
  for (const [partition, highest] of known) {
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
  const epoch = await parts.reads.epoch();
  for (const campaign of live) if (!isStopped()) await refresh(parts, epoch, campaign, isStopped);
  campaignsRefreshed.set(live.length);
}

/** Writes how many are issued; and where not all who have one are remembered, all of them. */
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
