/** The issuing scene: customers, APIs and issuers, Redis, and the rules that the results must satisfy. */
import type { IssuingBackend } from '../backend.ts';
import { Bus } from '../bus.ts';
import type { Scene } from '../run-scene.ts';
import { World } from '../world.ts';
import { Customers } from './coupon-customers.ts';
import { scheduleIssuingFaults } from './inject-issuing-faults.ts';
import { ISSUING } from './issuing-days.ts';
import { type IssuingKind, KINDS, openIssuing } from './issuing-processes.ts';
import { judgeIssuing, unremembered } from './judge-issuing.ts';
import { undecidedRanges } from './request-ranges.ts';
import { SimulatedRedis } from './simulated-redis.ts';

/** The scene of a seed, on empty tables. */
export function issuingScene(seed: number, backend: IssuingBackend): Scene {
  const world = new World(seed, ISSUING);
  const bus = new Bus(world);
  const redis = new SimulatedRedis(world, backend);
  let restoredAtMs: number | null = null;
  const product = openIssuing(world, bus, backend, redis, () => restoredAtMs !== null);
  const customers = new Customers(world, product, backend);
  const undecided = async () => {
    const ranges = undecidedRanges(bus, await backend.reads.checkpoints());
    return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  };
  return {
    ...{ name: 'issuing', backend: backend.name, world, bus, kinds: KINDS, names: new Map() },
    start: (kind, life) => product.start[kind as IssuingKind](life),
    open: () => customers.open(),
    beginChaos: (lives) =>
      scheduleIssuingFaults({
        ...{ world, bus, backend, redis, lives },
        restoredAtMs: () => restoredAtMs,
        onRestored: () => {
          restoredAtMs = world.nowMs;
        },
      }),
    unsettled: async () => ({
      unanswered: customers.unanswered,
      undecided: await undecided(),
      unremembered: await unremembered(backend, redis.cache),
    }),
    judge: () => judgeIssuing({ bus, backend, requests: customers.requests, restoredAtMs }),
  };
}
