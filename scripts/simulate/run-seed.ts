/** One seed: a bad day from its beginning to its rest, and what the ledger says of it. */
import type { Backend } from './backend.ts';
import { Bus } from './bus.ts';
import { EVENTS, type FaultEvent } from './faults.ts';
import { definition, KINDS, openProduct, type ProcessKind } from './processes.ts';
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
  const shop = new Shop(world, bus, backend);
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

  const strike = (event: FaultEvent) => {
    const life = random.pick([...lives.values()]);
    const group = random.pick([...bus.groups.values()]);
    const onOne = event === 'zombie' || event === 'killed';
    story.tell('chaos', onOne ? `${event}: ${life.name}` : event);
    if (event === 'zombie') {
      life.stoppedUntil = scheduler.nowMs + random.between(9_000, 25_000);
      for (const one of bus.groups.values())
        scheduler.in(random.between(6_000, 8_000), null, () => one.putOut(life));
    } else if (event === 'offsetsReset') group.reset();
    else if (event === 'rebalance') group.rebalance('by chance');
    else if (event === 'killed') world.kill(life, 'killed');
    else if (event === 'forgottenKeys') product.gateway.forgetKeys();
    else {
      const topic = random.pick(group.topics);
      bus.write({ topic, key: random.pick([...shop.names.keys()]), value: '{"not": "an envelope"}' });
    }
  };

  const wrong: string[] = [];
  let settledMs = 0;
  try {
    await shop.open();
    for (const kind of KINDS) for (let n = 1; n <= 1 + random.below(3); n++) start(kind, `${kind}-${n}`);
    for (const event of EVENTS) {
      const times = faults.events.includes(event) ? 1 + random.below(3) : 0;
      for (let n = 0; n < times; n++)
        scheduler.in(random.between(0, faults.lastMs), null, () => strike(event));
    }
    await scheduler.runUntil(BEGIN_MS + faults.lastMs);
    faults.active = false;
    story.tell('chaos', 'ends: from here on nothing fails');
    const restAt = scheduler.nowMs;
    const atRest = async () =>
      bus.lag() === 0 && Object.values(await backend.unsettled()).every((count) => count === 0);
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
    wrong.push(...(await backend.judge(product.gateway.books(), definition)));
    wrong.push(...untoldUses(bus), ...world.wrong);
  } catch (error) {
    wrong.push(`the run broke off: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    giveBack();
  }
  const ids = [...shop.names].map(([id, name]) => [id, name] as const);
  const named = wrong.map((line) => ids.reduce((text, [id, name]) => text.replaceAll(id, name), line));
  const text = story.text(shop.names);
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
