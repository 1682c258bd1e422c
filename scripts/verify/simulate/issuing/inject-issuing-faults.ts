/** Injects the faults of a run of issuing: on processes, on Redis, and restores of the database. */
import { REQUESTS } from '#participants/coupon/events.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import type { IssuingBackend } from '../backend.ts';
import type { Bus } from '../bus.ts';
import type { FaultEvent } from '../faults.ts';
import { injectCommon, loseRecords } from '../inject-faults.ts';
import type { Life } from '../scheduler.ts';
import type { World } from '../world.ts';
import type { SimulatedRedis } from './simulated-redis.ts';

/** A rebalance is over within so long, if nobody has died. */
const AFTER_RESET_MS = 1_500;
/** Issuers compare their checkpoints with the database's far less often, ms. */
const SOON_MS = 2_000;

export interface IssuingFaultParts {
  readonly world: World;
  readonly bus: Bus;
  readonly backend: IssuingBackend;
  readonly redis: SimulatedRedis;
  readonly lives: () => readonly Life[];
  /** When the database was last restored; null: never. */
  readonly restoredAtMs: () => number | null;
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
  else if (event === 'topicRecreated') void recreate(parts);
  else if (event === 'topicRecreatedAfterReset') recreateAfterReset(parts);
  else if (event === 'poison' && !bus.isAbsent(REQUESTS))
    bus.write({ topic: REQUESTS, key: `user-${1 + random.below(10)}`, value: '{"not": "an envelope"}' });
}

/** Deletes coupon-request and creates it anew. */
async function recreate({ bus, backend }: IssuingFaultParts): Promise<void> {
  // A log of which no issuer has read anything leaves no trace to tell another one by.
  if ((await backend.reads.checkpoints()).length < SAGA_PARTITIONS) return;
  bus.recreate(REQUESTS);
}

/** The group's offsets are lost, and the topic is recreated about when its issuers begin at the start of its logs. */
function recreateAfterReset(parts: IssuingFaultParts): void {
  const { world, bus } = parts;
  for (const group of bus.groups.values()) group.reset();
  world.scheduler.in(world.random.between(0, AFTER_RESET_MS), null, () => recreate(parts));
}

/**
 * Restores PostgreSQL to an earlier time by the operator's procedure: the coupons' processes end, the backup is
 * restored, the epoch is renewed, the processes start. Now and then the operator leaves the issuers running: they
 * must detect it. After a restore of a backup from before the last restore, the operator sets the group's offsets back too.
 */
function restoreLater(parts: IssuingFaultParts): void {
  const { world, bus, backend, lives, restoredAtMs, onRestored } = parts;
  const bringBack = backend.backup();
  if (bringBack === null) return;
  const restoredBefore = restoredAtMs();
  const unnoticed = world.faults.day.restoredUnnoticed === true;
  if (unnoticed)
    for (const group of bus.groups.values())
      world.scheduler.in(world.random.between(0, SOON_MS), null, () => group.rebalance('before the restore'));
  world.scheduler.in(world.random.between(500, unnoticed ? 2 * SOON_MS : 20_000), null, async () => {
    const leftRunning = unnoticed || world.random.chance(0.3) ? 'issuer' : 'none';
    for (const life of lives())
      if (!life.name.startsWith(leftRunning)) world.kill(life, 'PostgreSQL is to be restored');
    bringBack();
    await backend.unitOfWork.transaction((store) => store.renewEpoch(new Date(Math.floor(world.nowMs))));
    world.story.add('postgres', 'is as it was before; the epoch is renewed');
    if (restoredAtMs() !== restoredBefore) for (const group of bus.groups.values()) group.reset();
    onRestored();
  });
}
