/** The running parts of a stack, and of the system that `npm start` runs on it. */
import { readSystem } from '../system/system-record.ts';
import { isAlive } from './detached.ts';
import { lives, runs } from './run-service.ts';
import type { Service } from './service.ts';
import { addressesOf, defaultStack, servicesOf } from './stack.ts';
import { readState } from './state.ts';

/** Connection strings and URLs, null where nothing answers; `processes` maps each process's name to its pid. */
export type StackStatus = {
  kafka: string | null;
  postgres: string | null;
  redis: string | null;
  api: string | null;
  coupons: string | null;
  console: string | null;
  gateway: string | null;
  shop: string | null;
  processes: Record<string, number>;
};

/** The status of a stack as it is this moment. Never throws where a stack does not exist: all is null then. */
export async function stackStatus(name = defaultStack()): Promise<StackStatus> {
  const state = readState(name);
  const services = state ? servicesOf(state) : [];
  const running = new Set<string>();
  const processes: Record<string, number> = {};
  await Promise.all(
    services.map(async (service: Service) => {
      if (!state || !lives(state, service)) return;
      processes[service.name] = state.pids[service.name] as number;
      if (await runs(state, service)) running.add(service.name);
    }),
  );
  const addresses = state ? addressesOf(state) : undefined;
  const kafkaRuns = services.some((service) => service.name.startsWith('kafka') && running.has(service.name));
  const system = readSystem(name);
  for (const [process, { pid, signature }] of Object.entries(system?.processes ?? {})) {
    if (isAlive(pid, signature)) processes[process] = pid;
  }
  return {
    kafka: addresses && kafkaRuns ? addresses.kafka : null,
    postgres: addresses && running.has('postgres') ? addresses.postgres : null,
    redis: addresses && running.has('redis') ? addresses.redis : null,
    api: system?.urls.api ?? null,
    coupons: system?.urls.coupons ?? null,
    // The API serves it.
    console: system?.urls.api === undefined ? null : `${system.urls.api}/console/`,
    gateway: system?.urls.gateway ?? null,
    shop: system?.urls.shop ?? null,
    processes,
  };
}
