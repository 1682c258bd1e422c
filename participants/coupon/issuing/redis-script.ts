/** A Lua script for Redis: runs it by its digest, and sends its text when Redis has not cached it. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { messageOf } from '#protocol/errors.ts';

/** Runs the script on its keys, which must share a hash tag. */
export type RedisScript = (
  redis: Pick<Redis, 'evalsha' | 'eval'>,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/** Makes a script from its text. */
export function redisScript(text: string): RedisScript {
  const digest = createHash('sha1').update(text).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...args);
    } catch (error) {
      // A restart or SCRIPT FLUSH empties Redis's script cache.
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return redis.eval(text, keys.length, ...keys, ...args);
    }
  };
}
