/** For tests: a Redis of one's own that is full, as its owner's settings have it: it takes no new data, and evicts none. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { waitUntil } from '#scripts/run/wait-until.ts';

export interface FullRedis {
  /** A client of it. */
  readonly redis: Redis;
  /** The address of its socket, for further clients. */
  readonly path: string;
  /** From now on it has no memory left; writes are refused. */
  fill(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server with room; `fill` takes it. */
export async function startRedis(): Promise<FullRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const path = join(folder, 'socket');
  const settings = ['--port', '0', '--unixsocket', path, '--save', '', '--maxmemory-policy', 'noeviction'];
  const server: ChildProcess = spawn('redis-server', settings, { cwd: folder, stdio: 'ignore' });
  const redis = new Redis(path, { maxRetriesPerRequest: 0, enableOfflineQueue: false, lazyConnect: true });
  redis.on('error', () => {});
  await waitUntil(
    () =>
      redis.connect().then(
        () => true,
        () => redis.status === 'ready',
      ),
    Boolean,
  );
  return {
    redis,
    path,
    async fill() {
      await redis.config('SET', 'maxmemory', '1');
    },
    async close() {
      redis.disconnect();
      const ended = once(server, 'exit');
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
