/** A cache in Redis of the events handled in the last day. It only saves time: the rows decide. */
import type { Redis } from 'ioredis';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';

const DAY_S = 86_400;

const keyOf = (eventId: string) => `processed:${eventId}`;

/** Neither call ever rejects. */
export interface ProcessedEvents {
  /** The cached ones of some events. Each was cached after its row was committed. */
  among(eventIds: readonly string[]): Promise<Set<string>>;
  /** Caches events whose rows are committed. */
  add(eventIds: readonly string[]): Promise<void>;
}

/** The cache in Redis; empty without Redis (`null`) and during an outage of it. */
export function processedEventsIn(
  redis: Pick<Redis, 'mget' | 'pipeline'> | null,
  log: Logger,
): ProcessedEvents {
  const outage = (error: unknown) => log.throttled('redis', 'redis-away', { error: messageOf(error) });
  return {
    async among(eventIds) {
      if (redis === null || eventIds.length === 0) return new Set();
      try {
        const values = await redis.mget(eventIds.map(keyOf));
        return new Set(eventIds.filter((_, i) => values[i] != null));
      } catch (error) {
        outage(error);
        return new Set();
      }
    },
    async add(eventIds) {
      if (redis === null || eventIds.length === 0) return;
      try {
        const pipeline = redis.pipeline();
        for (const id of eventIds) pipeline.set(keyOf(id), '1', 'EX', DAY_S);
        const failed = (await pipeline.exec())?.find(([error]) => error !== null);
        if (failed) outage(failed[0]);
      } catch (error) {
        outage(error);
      }
    },
  };
}
