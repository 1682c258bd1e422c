/**
 * Redis: it may be away, emptied, or rolled back. No process may write anything to it that PostgreSQL does not hold.
 */
import type { Cache } from '#participants/coupon/issuing/cache.ts';
import { memoryCache } from '#participants/coupon/issuing/testing/memory-cache.ts';
import type { IssuingBackend } from '../backend.ts';
import type { Life } from '../scheduler.ts';
import type { World } from '../world.ts';

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
      read: (...args) => this.#call(life, () => this.cache.read(...args)),
      write: (epoch, change) =>
        this.#call(life, async () => {
          const ahead = await this.#aheadOf(epoch, change);
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

  /** Compares a write to Redis with PostgreSQL; entries under an old epoch are never read. */
  async #aheadOf(epoch: string, change: Parameters<Cache['write']>[1]): Promise<string | null> {
    const { reads } = this.#backend;
    if (epoch !== (await reads.epoch())) return null;
    const [campaign] = await reads.campaigns([change.campaignId]);
    if (change.issued > (campaign?.issued ?? 0))
      return `${change.issued} are issued, and it is ${campaign?.issued}`;
    const claimants = change.winners.map(({ userId }) => ({ campaignId: change.campaignId, userId }));
    const coupons = new Map((await reads.coupons(claimants)).map((one) => [one.userId, one.requestId]));
    const unknown = change.winners.find(({ userId, requestId }) => coupons.get(userId) !== requestId);
    return unknown === undefined ? null : `${unknown.userId} has a coupon, and has none`;
  }
}
