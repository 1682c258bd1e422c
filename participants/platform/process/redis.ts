/** Opens Redis as a best-effort cache: short time-outs, no offline queue, no automatic resend. */
import { Redis } from 'ioredis';
import { messageOf } from '#protocol/errors.ts';
import { type RedisConnection, redisConnection } from '../connections/redis-settings.ts';
import type { Logger } from './log.ts';

const TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;

/** What a server answers that was the primary before a failover; it keeps the connection. */
const FORMER_PRIMARY = /^(READONLY|MASTERDOWN) /;

/**
 * Makes a client that connects in the background, fails at once during an outage, and reconnects by itself. Each connection
 * reads certificates and the password again.
 * @param connection what this process's settings describe, without it
 * @throws Error naming a setting that is missing, or whose file is missing, unreadable or expired
 */
export function openRedis(log: Logger, connection: RedisConnection | null = redisConnection()): Redis {
  if (connection === null) throw new Error('configuration: REDIS_URL is missing: write redis://host:port');
  const { options, password } = connection;
  const redis = new Redis({
    ...options,
    ...(password !== null && { password: password() }),
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // By default ioredis resends a command after a reconnect, which could run it twice.
    autoResendUnfulfilledCommands: false,
    // Without it a former primary would refuse every next write too. The command is not sent again.
    reconnectOnError: ({ message }) => FORMER_PRIMARY.test(message),
    commandTimeout: TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  // The library reads the option whenever it connects.
  if (password !== null)
    Object.defineProperty(redis.options, 'password', { enumerable: true, get: password });
  redis.on('error', (error) => log.throttled('redis', 'redis-away', { error: messageOf(error) }));
  return redis;
}
