/** The parts of the stack: a broker, PostgreSQL and Redis killed hard and started again, Redis emptied. */
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { redisOptionsAt } from '#platform/connections/redis-settings.ts';
import { brokerName } from '#scripts/run/stack/kafka.ts';
import { signalService, startOneService } from '#scripts/run/stack/one-service.ts';
import type { Environment, Fault } from '../fault.ts';

/** On a busy machine a broker reads its logs for longer than a start is waited for: so often it is waited for again. */
const START_PATIENCE = 3;

/** kill -9 of one broker, each time another. The others go on: two of three are enough. Of one nothing is left. */
export function killingBroker(brokers: number): Fault {
  return {
    name: 'kill broker',
    holdMs: 15_000,
    recoversFrom: brokers > 1 ? 'beginning' : 'end',
    noticed: null,
    ...(brokers === 1 && { unready: { may: 'all' as const } }),
    inject: (environment, nth) => killPart(environment, brokerName(1 + (nth % brokers))),
  };
}

/** kill -9 of the database: it comes back by reading its log. */
export const killingPostgres: Fault = {
  name: 'kill postgres',
  holdMs: 10_000,
  recoversFrom: 'end',
  noticed: 'database',
  unready: { may: 'all', must: true },
  inject: (environment) => killPart(environment, environment.pair?.primary ?? 'postgres'),
};

/** kill -9 of PgBouncer: every process is cut off from the database. */
export const killingPooler: Fault = {
  name: 'kill pooler',
  holdMs: 10_000,
  recoversFrom: 'end',
  noticed: 'database',
  unready: { may: 'all' },
  inject: (environment) => killPart(environment, 'pgbouncer'),
};

/** kill -9 of Redis, a mere cache: no process waits for it. */
export const killingRedis: Fault = {
  name: 'kill redis',
  holdMs: 10_000,
  recoversFrom: 'beginning',
  noticed: null,
  inject: (environment) => killPart(environment, environment.caches?.primary ?? 'redis'),
};

/** Empties Redis. */
export const flushingRedis: Fault = {
  name: 'flush redis',
  holdMs: 0,
  recoversFrom: 'beginning',
  noticed: null,
  async inject({ system, caches }) {
    await flushAll(caches?.url ?? system.addresses.redis);
    return async () => {};
  },
};

/** Empties a Redis. */
export async function flushAll(url: string): Promise<void> {
  const redis = new Redis({ ...redisOptionsAt(url), lazyConnect: true });
  await redis.connect();
  await redis.flushall();
  redis.disconnect();
  await once(redis, 'end');
}

/** kill -9 of a part of a stack; gives how it is started again. */
export async function killPart(
  { stack }: Pick<Environment, 'stack'>,
  part: string,
): Promise<() => Promise<void>> {
  await signalService(stack, part, 'SIGKILL');
  return async () => {
    for (let patience = START_PATIENCE; ; patience--) {
      try {
        return await startOneService(stack, part);
      } catch (error) {
        if (patience === 0) throw error;
      }
    }
  };
}
