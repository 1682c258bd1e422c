/** The coupons' processes, as they are in production: APIs that take requests in, and issuers that decide them. */

import { cachedStateReader } from '#participants/coupon/api/cached-state.ts';
import { type Intake, openIntake, type Taken } from '#participants/coupon/api/intake.ts';
import type { RequestIdentity } from '#participants/coupon/api/request-id.ts';
import { REQUESTS } from '#participants/coupon/events.ts';
import { CheckpointBehind } from '#participants/coupon/issuing/decide-requests.ts';
import { issuer, renewCacheEpoch } from '#participants/coupon/issuing/issuer.ts';
import type { IssuingUnitOfWork } from '#participants/coupon/issuing/issuer-store.ts';
import { keepRefreshing } from '#participants/coupon/issuing/refresh.ts';
import { startAtCheckpoints } from '#participants/coupon/issuing/starting-offsets.ts';
import { RetryableError } from '#protocol/errors.ts';
import type { IssuingBackend } from '../backend.ts';
import type { Bus } from '../bus.ts';
import { atom, storeOf } from '../database-calls.ts';
import { Group } from '../group.ts';
import type { Life } from '../scheduler.ts';
import type { World } from '../world.ts';
import type { SimulatedRedis } from './redis.ts';

export const KINDS = ['coupons', 'issuer'] as const;
export type IssuingKind = (typeof KINDS)[number];

const LIMITS = { lingerMs: () => 3, groupMax: 20, queueMax: 100, unacknowledgedMax: 100 };

export interface IssuingProduct {
  readonly start: Readonly<Record<IssuingKind, (life: Life) => void>>;
  /** Knocks at one of the APIs. Undefined: no answer, ever, or not now. */
  readonly ask: (asked: RequestIdentity) => Promise<Taken | undefined>;
}

/** @param wasRestored whether the database was ever put back to an earlier time */
export function openIssuing(
  world: World,
  bus: Bus,
  backend: IssuingBackend,
  redis: SimulatedRedis,
  wasRestored: () => boolean,
): IssuingProduct {
  const { random, scheduler } = world;
  const group = new Group(world, bus, 'coupon-issuer', [REQUESTS]);
  const doors = new Map<string, { readonly life: Life; readonly intake: Intake }>();
  return {
    start: {
      coupons(life) {
        const [log, now] = [world.log(life), world.clockOf(life)];
        const reads = storeOf(world, life, backend.reads);
        const readCachedState = cachedStateReader(redis.reachedBy(life), reads, log, now);
        const intake = openIntake({ readCachedState, publisher: bus.producer(life), log, now }, LIMITS);
        doors.set(life.name, { life, intake });
      },

      issuer(life) {
        const [log, now] = [world.log(life), world.clockOf(life)];
        const unitOfWork = issuingWorkOf(world, life, backend.unitOfWork);
        const cache = redis.reachedBy(life);
        const begun = new Map<number, number>();
        const highest = new Map<number, number>();
        const publisher = bus.producer(life);
        const newId = () => random.uuid();
        group.join(life, {
          handle: issuer({ unitOfWork, publisher, cache, begun, highest, log, now, newId }),
          merged: startAtCheckpoints(unitOfWork, begun, log, now),
          mayEndOf: (error) => error instanceof CheckpointBehind,
        });
        const [reads, campaigns] = [
          storeOf(world, life, backend.reads),
          storeOf(world, life, backend.campaigns),
        ];
        // In the process's own life, so that its timer dies with it.
        const onBehind = async (reason: string) => {
          if (!wasRestored()) world.wrong.push(`${life.name} thinks the database went back: ${reason}`);
          await renewCacheEpoch({ unitOfWork, log, now }, reason);
          world.kill(life, reason);
        };
        const refresh = { reads, campaigns, cache, highest, onBehind, log, now };
        scheduler.in(0, life, () => void keepRefreshing(refresh));
      },
    },
    ask: (asked) =>
      new Promise((resolve) => {
        const { life, intake } = random.pick([...doors.values()]);
        scheduler.in(world.latency(), life, () => {
          const joined = intake.add(asked);
          if (joined === null) resolve(undefined);
          else void joined.then(resolve);
        });
      }),
  };
}

/** The issuer's unitOfWork as a process reaches them. The server may also die at the commit, and undo what was written. */
function issuingWorkOf(world: World, life: Life, unitOfWork: IssuingUnitOfWork): IssuingUnitOfWork {
  return {
    transaction: (work) =>
      atom(world, life, () =>
        unitOfWork.transaction(async (store) => {
          const result = await work(store);
          if (world.faults.strikes('databaseAway'))
            throw new RetryableError('database-unavailable', 'the server died at the commit');
          return result;
        }),
      ),
  };
}
