/** Sets up the environment of a run: a stack of its own with the coupon processes alone. */
import { rmSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { redisAt } from '#platform/connections/redis-settings.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { silent } from '#platform/process/log.ts';
import { openRedis } from '#platform/process/redis.ts';
import { placesOf } from '#scripts/run/stack/places.ts';
import { stackDown, stackUp } from '#scripts/run/stack/stack.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { refuseSecond, type System, startSystem } from '#scripts/run/system.ts';
import type { Api } from './send-burst.ts';

export const ISSUERS = ['coupon-issuer', 'coupon-issuer-2'] as const;
export const API = 'coupons';

/** Lifts the rate limit of one backend, which here stands for all users. */
const NO_LIMIT = { COUPON_SERVICE_PER_SECOND: '1000000', COUPON_SERVICE_BURST: '1000000' };

export interface CouponEnvironment {
  readonly stack: string;
  readonly system: System;
  readonly api: Api;
  readonly db: Database;
  readonly redis: Redis;
  /** Aborted: the run is being given up. */
  readonly signal: AbortSignal;
  /** Ends everything and, with `wipe`, removes its data; otherwise a person can inspect it. */
  close(wipe: boolean): Promise<void>;
}

/**
 * Brings the environment up from nothing; removes the leftovers of an earlier run.
 * @param options.issuers number of issuers, 1 or 2
 * @throws StackProblem when a run is going on already, or something does not start
 */
export async function openCouponEnvironment(options: {
  stack: string;
  issuers: number;
  print: (line: string) => void;
  signal: AbortSignal;
}): Promise<CouponEnvironment> {
  const { stack, issuers, print, signal } = options;
  refuseSecond(stack);
  await stackDown(stack, { wipe: true });
  rmSync(placesOf(stack).logs, { recursive: true, force: true });
  await stackUp({ name: stack, print });
  try {
    const only = [API, ...ISSUERS.slice(0, issuers)];
    const system = await startSystem({ stack, issuers, only, environment: NO_LIMIT, print, signal });
    const db = openDatabase(system.addresses.postgres, { pool: 4, processName: 'chaos' });
    const redis = openRedis(silent, redisAt(system.addresses.redis));
    const api = { url: system.urls[API] ?? '', token: await tokenFor(roleHolder('service'), stack) };
    const close = async (wipe: boolean) => {
      redis.disconnect();
      await Promise.all([db.close(), system.stop()]);
      await stackDown(stack, { wipe });
    };
    return { stack, system, api, db, redis, signal, close };
  } catch (error) {
    await stackDown(stack, { wipe: false });
    throw error;
  }
}
