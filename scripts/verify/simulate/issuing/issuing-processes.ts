/** The coupons' processes, as they are in production: APIs that take requests in, and issuers that decide them. */

import { cachedStateReader } from '#participants/coupon/api/cached-state.ts';
import { type Intake, openIntake, type Taken } from '#participants/coupon/api/intake.ts';
import type { RequestIdentity } from '#participants/coupon/api/request-id.ts';
import { REQUESTS } from '#participants/coupon/events.ts';
import { AnotherLog, CheckpointBehind } from '#participants/coupon/issuing/decide-requests.ts';
import { handleCouponRequests, renewCacheEpoch } from '#participants/coupon/issuing/issuer.ts';
import type { IssuingUnitOfWork } from '#participants/coupon/issuing/issuer-store.ts';
import { keepRefreshing } from '#participants/coupon/issuing/refresh.ts';
import { startAtCheckpoints } from '#participants/coupon/issuing/start-at-checkpoints.ts';
import { RetryableError } from '#protocol/errors.ts';
import type { IssuingBackend } from '../backend.ts';
import type { Bus } from '../bus.ts';
import { databaseCall, storeOf } from '../database-calls.ts';
import { Group } from '../group.ts';
import type { Life } from '../scheduler.ts';
import type { World } from '../world.ts';
import type { SimulatedRedis } from './simulated-redis.ts';

export const KINDS = ['coupons', 'issuer'] as const;
export type IssuingKind = (typeof KINDS)[number];

const LIMITS = { lingerMs: () => 3, groupMax: 20, queueMax: 100, unacknowledgedMax: 100 };

export interface IssuingProduct {
  readonly start: Readonly<Record<IssuingKind, (life: Life) => void>>;
  /** Knocks at one of the APIs. Undefined: no answer, ever, or not now. */
  readonly send: (request: RequestIdentity) => Promise<Taken | undefined>;
}

/** @param wasRestored returns whether the database was ever restored to an earlier time */
export function openIssuing(
  world: World,
  bus: Bus,
  backend: IssuingBackend,
  redis: SimulatedRedis,
  wasRestored: () => boolean,
): IssuingProduct {
  const { random, scheduler } = world;
  const group = new Group(world, bus, 'coupon-issuer', [REQUESTS]);
  const apis = new Map<string, { readonly life: Life; readonly intake: Intake }>();
  return {
    start: {
      coupons(life) {
        const [log, now] = [world.log(life), world.clockOf(life)];
        const reads = storeOf(world, life, backend.reads);
        const readCachedState = cachedStateReader(redis.reachedBy(life), reads, log, now);
        const intake = openIntake({ readCachedState, publisher: bus.producer(life), log, now }, LIMITS);
        apis.set(life.name, { life, intake });
      },

      issuer(life) {
        const [log, now] = [world.log(life), world.clockOf(life)];
        const unitOfWork = issuingWorkOf(world, life, backend.unitOfWork);
        const cache = redis.reachedBy(life);
        const begun = new Map<number, number>();
        const logs = new Map<number, number>();
        const highest = new Map<number, number>();
        const publisher = bus.producer(life);
        const newId = () => random.uuid();
        const parts = { unitOfWork, publisher, cache, begun, logs, highest, log, now, newId };
        const brokersNow = async () => new Date(Math.floor(world.nowMs));
        group.join(life, {
          handle: (records) => handleCouponRequests(parts, records),
          merged: startAtCheckpoints({ unitOfWork, begun, logs, highest, brokersNow, log, now }),
          mayEndOf: (error) =>
            error instanceof CheckpointBehind || (error instanceof AnotherLog && bus.wasRecreated(REQUESTS)),
        });
        const [reads, campaigns] = [
          storeOf(world, life, backend.reads),
          storeOf(world, life, backend.campaigns),
        ];
        // Runs in the process's own life, so that its timer ends with it.
        const onBehind = async (reason: string) => {
          if (!wasRestored()) world.wrong.push(`${life.name} thinks the database went back: ${reason}`);
          await renewCacheEpoch({ unitOfWork, log, now }, reason);
          world.kill(life, reason);
        };
        const refresh = { reads, campaigns, cache, highest, onBehind, log, now };
        scheduler.in(0, life, () => void keepRefreshing(refresh));
      },
    },
    send: (request) =>
      new Promise((resolve) => {
        const { life, intake } = random.pick([...apis.values()]);
        scheduler.in(world.latency(), life, () => {
          const joined = intake.add(request);
          if (joined === null) resolve(undefined);
          else void joined.then(resolve);
        });
      }),
  };
}

/** The issuer's unit of work as a process reaches it. The server may also crash at the commit and roll back. */
function issuingWorkOf(world: World, life: Life, unitOfWork: IssuingUnitOfWork): IssuingUnitOfWork {
  return {
    transaction: (work) =>
      databaseCall(world, life, () =>
        unitOfWork.transaction(async (store) => {
          const result = await work(store);
          if (world.faults.occurs('databaseAway'))
            throw new RetryableError('database-unavailable', 'the server died at the commit');
          return result;
        }),
      ),
  };
}
