/** Sets up the environment of a run: a stack and a system of their own, with proxies in front of the brokers. */
import { rmSync } from 'node:fs';
import { placesOf } from '#scripts/run/stack/places.ts';
import { freePorts } from '#scripts/run/stack/ports.ts';
import { stackDown, stackUp } from '#scripts/run/stack/stack.ts';
import type { ExtraListener } from '#scripts/run/stack/state.ts';
import { refuseSecond, startSystem } from '#scripts/run/system.ts';
import { type DatabasePair, openDatabasePair } from './database-pair.ts';
import type { Environment } from './fault.ts';
import { ENGINES, type Parts, PROXIED } from './faults/index.ts';
import { type CuttableProxy, openProxy } from './proxy.ts';
import { openRedisPair, type RedisPair } from './redis-pair.ts';

/** Never the developer's, never the tests'. */
export const CHAOS_STACK = 'chaos';

export interface OpenEnvironment extends Environment {
  /** Ends everything and, with `wipe`, removes its data; otherwise a person can inspect it. */
  close(wipe: boolean): Promise<void>;
}

/**
 * Brings the environment up from nothing; removes the leftovers of an earlier run.
 * @throws StackProblem when a run is going on already, or something does not start
 */
export async function openEnvironment(
  { brokers, standby }: Parts,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<OpenEnvironment> {
  refuseSecond(CHAOS_STACK);
  await stackDown(CHAOS_STACK, { wipe: true });
  const { logs, mail } = placesOf(CHAOS_STACK);
  for (const folder of [logs, mail]) rmSync(folder, { recursive: true, force: true });

  const proxies: Record<string, CuttableProxy[]> = {};
  const listeners: ExtraListener[] = [];
  const addresses: Record<string, string> = {};
  let pair: DatabasePair | null = null;
  let caches: RedisPair | null = null;
  const closeAll = async (wipe: boolean) => {
    await Promise.all([pair?.close(), caches?.close()]);
    await stackDown(CHAOS_STACK, { wipe });
    await Promise.all(Object.values(proxies).flatMap((some) => some.map((proxy) => proxy.close())));
  };
  try {
    for (const [index, name] of PROXIED.entries()) {
      const ports = await freePorts(2 * brokers);
      const [behind, before] = [ports.slice(0, brokers), ports.slice(brokers)];
      proxies[name] = await Promise.all(
        before.map((port, broker) => openProxy(port, behind[broker] as number)),
      );
      listeners.push({ name: `PROXIED${index + 1}`, ports: behind, advertised: before });
      addresses[name] = before.map((port) => `127.0.0.1:${port}`).join(',');
    }
    const { postgres } = await stackUp({ name: CHAOS_STACK, brokers, listeners, standby, print });
    if (standby) pair = await openDatabasePair(CHAOS_STACK);
    if (standby) caches = await openRedisPair(CHAOS_STACK);
    const system = await startSystem({
      stack: CHAOS_STACK,
      engines: ENGINES.length,
      gateway: 'simulator',
      environmentFor: Object.fromEntries(
        PROXIED.map((name) => [name, { KAFKA_BROKERS: addresses[name] ?? '' }]),
      ),
      ...(pair !== null &&
        caches !== null && { environment: { DATABASE_URL: pair.url, REDIS_URL: caches.url } }),
      print,
      signal,
    });
    const close = async (wipe: boolean) => {
      await system.stop();
      await closeAll(wipe);
    };
    const databaseUrl = pair?.primaryUrl ?? postgres;
    return { stack: CHAOS_STACK, system, databaseUrl, pair, caches, proxies, signal, close };
  } catch (error) {
    await closeAll(false);
    throw error;
  }
}
