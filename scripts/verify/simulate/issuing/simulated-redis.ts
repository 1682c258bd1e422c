/**
 * Redis: it may be away, emptied, or rolled back. No process may write anything to it, or read anything from it, that PostgreSQL does
 * not hold.
 */
import type { Cache } from '#participants/coupon/issuing/cache.ts';
import { memoryCache } from '#participants/coupon/issuing/testing/memory-cache.ts';
import type { IssuingBackend } from '../backend.ts';
import type { Life } from '../scheduler.ts';
import type { World } from '../world.ts';

/** What Redis holds of a campaign. */
interface CampaignEntry {
  readonly campaignId: string;
  /** Null: it does not know. */
  readonly left: number | null;
  readonly winners: ReadonlyArray<{ readonly userId: string; readonly requestId: string }>;
}

export class SimulatedRedis {
  /** As it is, without anything that may go wrong: for the judge. */
  readonly cache = memoryCache();
  readonly #world: World;
  readonly #backend: IssuingBackend;
  #awayUntil = 0;

  constructor(world: World, backend: IssuingBackend) {
    this.#world = world;
    this.#backend = backend;
  }

  /** Redis as a process reaches it: each call is one event. */
  reachedBy(life: Life): Cache {
    return {
      read: (epoch, campaignId, userIds) =>
        this.#call(life, async () => {
          const found = await this.cache.read(epoch, campaignId, userIds);
          const winners = found.winners.flatMap((winner, i) =>
            winner === null ? [] : { userId: userIds[i] ?? '', requestId: winner.requestId },
          );
          const ahead = await this.#aheadOf(epoch, { campaignId, left: found.left, winners });
          if (ahead !== null) this.#world.wrong.push(`${life.name} reads from Redis: ${ahead}`);
          return found;
        }),
      write: (epoch, change) =>
        this.#call(life, async () => {
          const { campaignId, total, issued, winners } = change;
          const ahead = await this.#aheadOf(epoch, { campaignId, left: total - issued, winners });
          if (ahead !== null) this.#world.wrong.push(`${life.name} writes to Redis: ${ahead}`);
          return this.cache.write(epoch, change);
        }),
    };
  }

  goAway(): void {
    this.#awayUntil = this.#world.nowMs + this.#world.random.between(2_000, 20_000);
  }

  /** Comes back as it is now, later: started on an old snapshot. */
  rollBack(): void {
    const bringBack = this.cache.snapshot();
    this.#world.scheduler.in(this.#world.random.between(1_000, 20_000), null, () => {
      this.#world.story.add('redis', 'is as it was before');
      bringBack();
    });
  }

  #call<T>(life: Life, work: () => Promise<T>): Promise<T> {
    const { scheduler, faults } = this.#world;
    return new Promise((resolve, reject) => {
      scheduler.in(this.#world.latency(), life, async () => {
        const isAway = faults.active && this.#awayUntil > scheduler.nowMs;
        // As often as a request to the brokers is lost.
        if (isAway || faults.occurs('lostPublish')) reject(new Error('Redis does not answer'));
        else resolve(await work());
      });
    });
  }

  /** Compares an entry of Redis with PostgreSQL. Under an old epoch an API reads for a second at most, and it may be ahead then. */
  async #aheadOf(epoch: string, { campaignId, left, winners }: CampaignEntry): Promise<string | null> {
    const { reads } = this.#backend;
    if (epoch !== (await reads.epoch())) return null;
    const [{ total, issued } = { total: 0, issued: 0 }] = await reads.campaigns([campaignId]);
    if (left !== null && total - left > issued) return `${total - left} are issued, and it is ${issued}`;
    const claimants = winners.map(({ userId }) => ({ campaignId, userId }));
    const coupons = new Map((await reads.coupons(claimants)).map((one) => [one.userId, one.requestId]));
    const unknown = winners.find(({ userId, requestId }) => coupons.get(userId) !== requestId);
    return unknown === undefined ? null : `${unknown.userId} has a coupon, and has none`;
  }
}
