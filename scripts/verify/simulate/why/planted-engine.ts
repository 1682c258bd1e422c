/** An engine of a planted day: the production loop and sweeper, under the brakes that the day sets. */
import { handleEngineBatch } from '#engine/consume-batch.ts';
import type { Registered } from '#engine/definition/definition.ts';
import { sweepOnce } from '#engine/recovery/sweeper.ts';
import { SagaCache } from '#engine/saga-cache.ts';
import { definitionKey } from '#engine/step-batch.ts';
import type { Backend } from '../backend.ts';
import type { Bus } from '../bus.ts';
import { storeOf } from '../database-calls.ts';
import type { Group } from '../group.ts';
import { repeatedly } from '../repeatedly.ts';
import type { Life } from '../scheduler.ts';
import type { World } from '../world.ts';

export function startPlantedEngine({
  world,
  bus,
  backend,
  brakes,
  life,
  group,
  definitions,
}: {
  readonly world: World;
  readonly bus: Bus;
  readonly backend: Backend;
  readonly brakes: ReadonlyMap<string, string>;
  readonly life: Life;
  readonly group: Group;
  readonly definitions: readonly Registered[];
}): void {
  const parts = {
    definitions: new Map(definitions.map((one) => [definitionKey(one.name, one.version), one])),
    // No other engine knows a version that this one lacks.
    store: storeOf(world, life, { ...backend.engine, enginesKnowing: async () => [] }),
    cache: new SagaCache(),
    outbox: bus.producer(life),
    log: world.log(life),
    now: world.clockOf(life),
    isDataFault: backend.isDataFault,
    brakes: () => brakes,
  };
  group.join(life, { concurrency: 2, handle: (records) => handleEngineBatch(parts, records) });
  const sweeper = {
    ...parts,
    store: storeOf(world, life, backend.sweep),
    random: world.random.next,
    positions: bus.positions(life),
  };
  repeatedly(world, life, 500, 1_500, async () => {
    await sweepOnce(sweeper);
  });
}
