/** Redis remembers for a day which events were handled (S22). It is only asked in front: the rows are the truth. */
import type { Redis } from 'ioredis';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';

const DAY_S = 86_400;

const keyOf = (eventId: string) => `processed:${eventId}`;

/** Which events were handled, as far as is remembered. Neither call ever rejects. */
export interface Processed {
  /** Of some events, those remembered. A hit was written after its row was committed. */
  among(eventIds: readonly string[]): Promise<Set<string>>;
  /** Remembers events whose rows are committed. */
  remember(eventIds: readonly string[]): Promise<void>;
}

/** Remembers in Redis; without one (`null`), or while it is away, remembers nothing. */
export function processedIn(redis: Pick<Redis, 'mget' | 'pipeline'> | null, log: Logger): Processed {
  const outage = (error: unknown) =>
    log.throttled('redis', 'Redis does not answer, going on without it', { error: messageOf(error) });
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
    async remember(eventIds) {
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
