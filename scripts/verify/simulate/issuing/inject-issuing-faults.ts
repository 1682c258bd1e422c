/** Injects the faults of a run of issuing: on processes, on Redis, and restores of the database. */
import { REQUESTS } from '#participants/coupon/events.ts';
import type { IssuingBackend } from '../backend.ts';
import type { Bus } from '../bus.ts';
import type { FaultEvent } from '../faults.ts';
import { injectCommon, loseRecords } from '../inject-faults.ts';
import type { Life } from '../scheduler.ts';
import type { World } from '../world.ts';
import type { SimulatedRedis } from './simulated-redis.ts';

export interface IssuingFaultParts {
  readonly world: World;
  readonly bus: Bus;
  readonly backend: IssuingBackend;
  readonly redis: SimulatedRedis;
  readonly lives: () => readonly Life[];
  /** Called when the database is back at an earlier state: results published since may be contradicted. */
  readonly onRestored: () => void;
}

/** Schedules every fault of the day at a drawn time. */
export function scheduleIssuingFaults(parts: IssuingFaultParts): void {
  const { scheduler, faults, random } = parts.world;
  for (const event of faults.events)
    scheduler.in(random.between(0, faults.lastMs), null, () => inject(parts, event));
}

function inject(parts: IssuingFaultParts, event: FaultEvent): void {
  const { world, bus, redis } = parts;
  const { random } = world;
  injectCommon(parts, event);
  if (event === 'redisEmptied') redis.cache.clear();
  else if (event === 'redisOutage') redis.goAway();
  else if (event === 'redisRolledBack') redis.rollBack();
  else if (event === 'databaseRestored') restoreLater(parts);
  else if (event === 'lostRecords') loseRecords(parts);
  else if (event === 'poison')
    bus.write({ topic: REQUESTS, key: `user-${1 + random.below(10)}`, value: '{"not": "an envelope"}' });
}

/**
 * Restores PostgreSQL to an earlier time by the operator's procedure: the coupons' processes end, the backup is
 * restored, the epoch is renewed, the processes start. Now and then the operator leaves the issuers running: they
 * must detect it.
 */
function restoreLater({ world, backend, lives, onRestored }: IssuingFaultParts): void {
  const bringBack = backend.backup();
  if (bringBack === null) return;
  world.scheduler.in(world.random.between(500, 20_000), null, async () => {
    const leftRunning = world.random.chance(0.3) ? 'issuer' : 'none';
    for (const life of lives())
      if (!life.name.startsWith(leftRunning)) world.kill(life, 'PostgreSQL is to be restored');
    bringBack();
    await backend.unitOfWork.transaction((store) => store.renewEpoch(new Date(Math.floor(world.nowMs))));
    world.story.add('postgres', 'is as it was before; the epoch is renewed');
    onRestored();
  });
}
