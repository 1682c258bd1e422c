/** The engine's processes: production loop and sweeper, of the build the rollout gives them. */

import { handleEngineBatch } from '#engine/consume-batch.ts';
import { engineTopics } from '#engine/read-message.ts';
import { ENGINE_GROUP } from '#engine/recovery/decide-recovery.ts';
import { sweepOnce } from '#engine/recovery/sweeper.ts';
import { SagaCache } from '#engine/saga-cache.ts';
import { isOutdated } from '#engine/unknown-version.ts';
import type { Backend } from './backend.ts';
import type { Bus } from './bus.ts';
import { storeOf } from './database-calls.ts';
import { versionsOf } from './definition.ts';
import { Group } from './group.ts';
import { repeatedly } from './repeatedly.ts';
import type { Rollout } from './rollout.ts';
import type { Life } from './scheduler.ts';
import { setsNothingDueAside } from './set-aside.ts';
import { timedOutUnread } from './unread.ts';
import type { World } from './world.ts';

/** @returns how an engine begins its life */
export function openEngines(
  world: World,
  bus: Bus,
  backend: Backend,
  rollout: Rollout,
): (life: Life) => void {
  const { current } = versionsOf(world.faults.day);
  const engines = new Group(world, bus, ENGINE_GROUP, engineTopics([current]));
  bus.rules.push((message) => timedOutUnread(bus, message, current.scheduleToCloseMs, world.nowMs));
  return (life) => {
    const parts = {
      definitions: rollout.join(life),
      store: storeOf(world, life, setsNothingDueAside(rollout.answering(backend.engine), world.wrong)),
      cache: new SagaCache(),
      outbox: bus.producer(life),
      log: world.log(life),
      now: world.clockOf(life),
      isDataFault: backend.isDataFault,
      ...(bus.brake && { brakes: bus.brake.heeded() }),
    };
    engines.join(life, {
      concurrency: 2,
      handle: (records) => handleEngineBatch(parts, records),
      mayEndOf: isOutdated,
    });
    const sweeper = {
      ...parts,
      store: storeOf(world, life, backend.sweep),
      random: world.random.next,
      positions: bus.positions(life),
    };
    repeatedly(world, life, 500, 6_000, async () => {
      const startedAt = world.nowMs;
      await sweepOnce(sweeper);
      bus.blocked?.judgeRound(life, world.nowMs - startedAt);
    });
  };
}
