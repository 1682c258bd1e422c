/** One seed: a bad day from its beginning to its rest, and what the ledger says of it. */
import type { Backend } from './backend.ts';
import { Bus } from './bus.ts';
import { openChaos } from './chaos.ts';
import { definition } from './definition.ts';
import { People } from './people.ts';
import { KINDS, openProduct, type ProcessKind } from './processes.ts';
import type { Life } from './scheduler.ts';
import { Shop } from './shop.ts';
import { untoldUses } from './told-uses.ts';
import { useVirtualTime } from './virtual-time.ts';
import { BEGIN_MS, World } from './world.ts';

/** After the last fault all must have come to rest within so long, ms. */
const SETTLES_WITHIN_MS = 30 * 60_000;
const LOOK_EVERY_MS = 5_000;

export interface SeedResult {
  readonly seed: number;
  readonly backend: Backend['name'];
  /** What is wrong; empty: all is well. */
  readonly wrong: readonly string[];
  readonly story: string;
  readonly hash: string;
  readonly events: number;
  /** How long all took to come to rest after the last fault, simulated ms. */
  readonly settledMs: number;
  readonly deaths: number;
}

/** Runs a seed on empty books. */
export async function runSeed(seed: number, backend: Backend): Promise<SeedResult> {
  const world = new World(seed);
  const { scheduler, faults, story, random } = world;
  const bus = new Bus(world);
  const product = openProduct(world, bus, backend);
  const { names } = product.doors;
  const people = new People(world, bus, backend);
  const shop = new Shop(world, product.doors, people, backend);
  const giveBack = useVirtualTime(scheduler, random);
  let deaths = 0;
  const lives = new Map<string, Life>();

  const start = (kind: ProcessKind, name: string) => {
    const life: Life = { name, alive: true, stoppedUntil: 0 };
    lives.set(name, life);
    product.start[kind](life);
  };
  world.onDeath = (life) => {
    deaths += 1;
    for (const group of bus.groups.values()) group.died(life);
    const kind = KINDS.find((one) => life.name.startsWith(one));
    if (kind === undefined) return;
    scheduler.in(random.between(500, 10_000), null, () => {
      story.tell(life.name, 'starts again');
      start(kind, life.name);
    });
  };

  const wrong: string[] = [];
  let settledMs = 0;
  story.tell('chaos', `a day of the kind: ${faults.name}`);
  try {
    await shop.open();
    for (const kind of KINDS) for (let n = 1; n <= 1 + random.below(3); n++) start(kind, `${kind}-${n}`);
    openChaos({
      ...{ world, bus, backend, gateway: product.gateway },
      lives: () => [...lives.values()],
      orders: () => [...names.keys()],
    });
    if (!faults.day.unattended) people.beOnCall(() => [...names.keys()]);
    await scheduler.runUntil(BEGIN_MS + faults.lastMs);
    faults.active = false;
    story.tell('chaos', 'ends: from here on nothing fails');
    const restAt = scheduler.nowMs;
    const atRest = async () =>
      shop.unanswered === 0 &&
      bus.lag() === 0 &&
      Object.values(await backend.unsettled()).every((count) => count === 0);
    while (!(await atRest())) {
      if (scheduler.nowMs - restAt > SETTLES_WITHIN_MS) {
        wrong.push(
          `it does not come to rest: ${JSON.stringify(await backend.unsettled())}, ${bus.lag()} unread`,
        );
        break;
      }
      await scheduler.runUntil(scheduler.nowMs + LOOK_EVERY_MS);
    }
    settledMs = scheduler.nowMs - restAt;
    wrong.push(...(await shop.judge()), ...(await backend.judge(product.gateway.books(), definition)));
    wrong.push(...untoldUses(bus), ...world.wrong);
  } catch (error) {
    wrong.push(`the run broke off: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    giveBack();
  }
  const ids = [...names].map(([id, name]) => [id, name] as const);
  const named = wrong.map((line) => ids.reduce((text, [id, name]) => text.replaceAll(id, name), line));
  const text = story.text(names);
  const { events } = scheduler;
  return {
    seed,
    backend: backend.name,
    wrong: named,
    story: text,
    hash: story.hash(),
    events,
    settledMs,
    deaths,
  };
}
