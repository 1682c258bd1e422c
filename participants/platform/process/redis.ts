/** Opens Redis as what it is here: a memory beside PostgreSQL, which must neither be waited for nor written to twice. */
import { Redis } from 'ioredis';
import type { Logger } from './log.ts';

const TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * A client that fails at once while Redis is away, and goes on by itself when it is back. Connects in the background.
 * @param url may carry a secret: it is never logged
 */
export function openRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // The default runs a command that was cut off twice.
    autoResendUnfulfilledCommands: false,
    commandTimeout: TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  redis.on('error', (error) =>
    log.throttled('redis', 'Redis is away, going on without it', { error: error.message }),
  );
  return redis;
}
