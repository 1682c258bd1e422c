/** For tests: a primary Redis, a replica of it, and a sentinel that watches both. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '#scripts/run/stack/ports.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';

/** The name under which the sentinel watches the primary. */
export const WATCHED = 'main';

export interface RedisPair {
  /** The server that is the primary at first, and the other. */
  readonly first: string;
  readonly second: string;
  /** `host:port`. */
  readonly sentinel: string;
  /** Exchanges their places; the first keeps running with every connection open. */
  switchOver(): Promise<void>;
  /** kill -9 of the first. */
  killFirst(): Promise<void>;
  close(): Promise<void>;
}

/** Starts all three, and waits until the replica follows. @param watched whether the sentinel may fail over */
export async function openRedisPair(watched: boolean): Promise<RedisPair> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-pair-'));
  const [one = 0, two = 0, three = 0] = await freePorts(3);
  const servers: ChildProcess[] = [];
  const start = (...args: string[]) => {
    const server = spawn('redis-server', args, { cwd: folder, stdio: 'ignore' });
    servers.push(server);
    return server;
  };
  const common = ['--bind', '127.0.0.1', '--save', '', '--repl-diskless-sync-delay', '0'];
  const primary = start('--port', String(one), ...common);
  start('--port', String(two), ...common, '--replicaof', `127.0.0.1 ${one}`);
  const [onFirst, onSecond] = [one, two].map((port) =>
    new Redis({ host: '127.0.0.1', port, retryStrategy: () => 50 }).on('error', () => {}),
  ) as [Redis, Redis];
  const kill = async (server: ChildProcess, signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  await waitUntil(
    () => onSecond.info('replication'),
    /master_link_status:up/.test.bind(/master_link_status:up/),
  );
  if (watched) {
    const config = join(folder, 'sentinel.conf');
    writeFileSync(
      config,
      [
        `port ${three}`,
        'bind 127.0.0.1',
        `sentinel monitor ${WATCHED} 127.0.0.1 ${one} 1`,
        `sentinel down-after-milliseconds ${WATCHED} 1000`,
        `sentinel failover-timeout ${WATCHED} 5000`,
        '',
      ].join('\n'),
    );
    start(config, '--sentinel');
    const sentinel = new Redis({ host: '127.0.0.1', port: three, retryStrategy: () => 50 }).on(
      'error',
      () => {},
    );
    const knowsReplica = async () =>
      String(await sentinel.call('SENTINEL', 'replicas', WATCHED)).includes(String(two));
    await waitUntil(knowsReplica).finally(() => sentinel.disconnect());
  }
  return {
    first: `redis://127.0.0.1:${one}`,
    second: `redis://127.0.0.1:${two}`,
    sentinel: `127.0.0.1:${three}`,
    async switchOver() {
      await onSecond.call('REPLICAOF', 'NO', 'ONE');
      await onFirst.call('REPLICAOF', '127.0.0.1', String(two));
    },
    killFirst: () => kill(primary, 'SIGKILL'),
    async close() {
      onFirst.disconnect();
      onSecond.disconnect();
      await Promise.all(servers.map((server) => kill(server, 'SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
