/** The API's processes: production intake over simulated stores and brokers. */
import type { Acceptance } from '#orchestrator/http/intake/accept.ts';
import { type Intake, openIntake, type StartRequest } from '#orchestrator/http/intake/intake.ts';
import { isOutcomeUnknown } from '#platform/postgres/database.ts';
import { partitionOf, SAGA_PARTITIONS } from '#protocol/ids.ts';
import type { Backend } from './backend.ts';
import type { Bus } from './bus.ts';
import { storeOf } from './database-calls.ts';
import type { Rollout } from './rollout.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

const LIMITS = { lingerMs: () => 5, groupMax: 20, queueMax: 100 };

/** The running APIs. A crashed one stays listed until it restarts, and does not answer. */
export interface Apis {
  readonly start: (life: Life) => void;
  /** Knocks at one of them. Undefined: no answer, ever, or not now. */
  readonly place: (placed: StartRequest) => Promise<Acceptance | undefined>;
  /** Every id that was ever drawn for an order, with its short name. */
  readonly names: ReadonlyMap<string, string>;
}

export function openApis(world: World, bus: Bus, backend: Backend, rollout: Rollout): Apis {
  const { random, scheduler } = world;
  const apis = new Map<string, { readonly life: Life; readonly intake: Intake }>();
  const names = new Map<string, string>();

  const newId = (nowMs: number, partition: number): string => {
    const nth = names.size + 1;
    let id: string;
    do id = orderId(nowMs, nth, random.below(2 ** 32));
    while (partitionOf(id) !== partition);
    names.set(id, `order-${nth}`);
    return id;
  };

  return {
    names,
    start(life) {
      const intake = openIntake(
        {
          store: storeOf(world, life, backend.intake),
          outbox: bus.producer(life),
          // Only a rewind reads them, and no simulated day has one.
          inputs: { write() {} },
          definition: async () => rollout.active,
          isDataFault: backend.isDataFault,
          isOutcomeUnknown,
          log: world.log(life),
          now: world.clockOf(life),
          newId,
          firstTurn: random.below(SAGA_PARTITIONS),
        },
        LIMITS,
      );
      apis.set(life.name, { life, intake });
    },
    place: (placed) =>
      new Promise((resolve) => {
        const { life, intake } = random.pick([...apis.values()]);
        scheduler.in(world.latency(), life, () => {
          const joined = intake.add(placed);
          if (joined === null) resolve(undefined);
          else void joined.then(resolve);
        });
      }),
  };
}

/** A UUIDv7. */
function orderId(nowMs: number, nth: number, chance: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  const tail = chance.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${nth.toString(16).padStart(3, '0')}-8000-${tail}`;
}
