/** A script for Redis: run by its digest, and sent whole where Redis does not know it (any more). */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { messageOf } from '#protocol/errors.ts';

/** Runs the script on its keys, which must share a hash tag. */
export type RedisScript = (
  redis: Pick<Redis, 'evalsha' | 'eval'>,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/** Makes a script of its text. */
export function redisScript(text: string): RedisScript {
  const digest = createHash('sha1').update(text).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...args);
    } catch (error) {
      // A restart or SCRIPT FLUSH forgets scripts.
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return redis.eval(text, keys.length, ...keys, ...args);
    }
  };
}
