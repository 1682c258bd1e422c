/** Opens Redis as a best-effort cache: short time-outs, no offline queue, no automatic resend. */
import { Redis } from 'ioredis';
import type { Logger } from './log.ts';

const TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Makes a client that connects in the background, fails at once during an outage, and reconnects by itself.
 * @param url may carry a secret: it is never logged
 */
export function openRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // By default ioredis resends a command after a reconnect, which could run it twice.
    autoResendUnfulfilledCommands: false,
    commandTimeout: TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  redis.on('error', (error) => log.throttled('redis', 'redis-away', { error: error.message }));
  return redis;
}
