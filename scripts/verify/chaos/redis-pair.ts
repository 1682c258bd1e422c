/** The two Redis servers of a run: which is the primary, and how the other takes its place. */
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { freePorts } from '#scripts/run/stack/ports.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { REPLICA } from '#scripts/run/stack/redis.ts';
import { readState } from '#scripts/run/stack/state.ts';
import { openProxy } from './proxy.ts';

export interface RedisPair {
  /** The address that leads to the primary, as a name does that is changed at a failover: open connections stay. */
  readonly url: string;
  /** The name of the primary's service. */
  readonly primary: string;
  /** Promotes the replica; the former primary follows it, and keeps every connection open. */
  switchOver(): Promise<void>;
  close(): Promise<void>;
}

/** Takes over a stack's two servers. */
export async function openRedisPair(stack: string): Promise<RedisPair> {
  const state = readState(stack);
  if (state?.redisReplica === undefined) throw new StackProblem(`The stack "${stack}" has no second Redis.`);
  let primary = { name: 'redis', port: state.ports.redis };
  let replica = { name: REPLICA, port: state.redisReplica };
  const [port = 0] = await freePorts(1);
  const proxy = await openProxy(port, primary.port);
  return {
    url: `redis://127.0.0.1:${port}`,
    get primary() {
      return primary.name;
    },
    async switchOver() {
      await command(replica.port, 'REPLICAOF', 'NO', 'ONE');
      await command(primary.port, 'REPLICAOF', '127.0.0.1', String(replica.port));
      [primary, replica] = [replica, primary];
      proxy.leadTo(primary.port);
    },
    close: () => proxy.close(),
  };
}

async function command(port: number, name: string, ...values: string[]): Promise<void> {
  const redis = new Redis({ host: '127.0.0.1', port, lazyConnect: true });
  await redis.connect();
  await redis.call(name, ...values);
  redis.disconnect();
  await once(redis, 'end');
}
