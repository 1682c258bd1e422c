/** Runs a scene from its start until it settles: processes that crash and restart, faults, the judgement. */
import type { Backend } from './backend.ts';
import type { Bus } from './bus.ts';
import type { Life } from './scheduler.ts';
import { useVirtualTime } from './virtual-time.ts';
import { BEGIN_MS, type World } from './world.ts';

/** After the last fault all must have come to rest within so long, ms. */
const SETTLES_WITHIN_MS = 30 * 60_000;
const CHECK_EVERY_MS = 5_000;

/** The scenes: orders go through their sagas (`orders`), or campaigns issue coupons (`issuing`). */
export const SCENES = ['orders', 'issuing'] as const;
export type SceneName = (typeof SCENES)[number];

/** How many plans of people ended how. */
export interface EndedPlans {
  readonly applied: number;
  /** Refused, or lost on the way: nothing was sent. */
  readonly refused: number;
}

export interface Scene {
  readonly name: SceneName;
  readonly backend: Backend['name'];
  readonly world: World;
  readonly bus: Bus;
  /** The kinds of processes; a process's name begins with its kind. */
  readonly kinds: readonly string[];
  /** Begins the life of a process of a kind. */
  start(kind: string, life: Life): void;
  /** Prepares the stores before any process starts. */
  open(): Promise<void>;
  /** Schedules the faults. */
  beginChaos(lives: () => readonly Life[]): void;
  /** Open work by kind. */
  unsettled(): Promise<Readonly<Record<string, number>>>;
  /** The violations of a settled run, one line each. */
  judge(): Promise<readonly string[]>;
  /** The plans of people that were applied, and those that were refused. */
  plans?(): Promise<EndedPlans>;
  /** Short names of ids, for the story. */
  readonly names: ReadonlyMap<string, string>;
}

export interface SeedResult {
  readonly seed: number;
  readonly scene: SceneName;
  readonly backend: Backend['name'];
  /** The violations; empty: the run is right. */
  readonly wrong: readonly string[];
  readonly story: string;
  readonly hash: string;
  readonly events: number;
  /** How long all took to come to rest after the last fault, simulated ms. */
  readonly settledMs: number;
  readonly deaths: number;
  readonly plans: EndedPlans;
}

/** Plays a scene. */
export async function runScene(seed: number, scene: Scene): Promise<SeedResult> {
  const { world, bus, kinds } = scene;
  const { scheduler, faults, story, random } = world;
  const giveBack = useVirtualTime(scheduler, random);
  let deaths = 0;
  const lives = new Map<string, Life>();

  const start = (kind: string, name: string) => {
    const life: Life = { name, alive: true, stoppedUntil: 0 };
    lives.set(name, life);
    scene.start(kind, life);
  };
  world.onDeath = (life) => {
    deaths += 1;
    for (const group of bus.groups.values()) group.died(life);
    const kind = kinds.find((one) => life.name.startsWith(one));
    if (kind === undefined) return;
    scheduler.in(random.between(500, 10_000), null, () => {
      story.add(life.name, 'starts again');
      start(kind, life.name);
    });
  };
  world.onStandstill = (life) => {
    // Its groups miss it when its session ends.
    for (const group of bus.groups.values())
      scheduler.in(random.between(6_000, 8_000), null, () => group.putOut(life));
  };

  const wrong: string[] = [];
  let settledMs = 0;
  let plans: EndedPlans = { applied: 0, refused: 0 };
  story.add('chaos', `a day of the kind: ${faults.name}`);
  try {
    await scene.open();
    for (const kind of kinds) for (let n = 1; n <= 1 + random.below(3); n++) start(kind, `${kind}-${n}`);
    scene.beginChaos(() => [...lives.values()]);
    await scheduler.runUntil(BEGIN_MS + faults.lastMs);
    faults.active = false;
    story.add('chaos', 'ends: from here on nothing fails');
    const restAt = scheduler.nowMs;
    const unsettled = async () => ({ unread: bus.lag(), ...(await scene.unsettled()) });
    while (Object.values(await unsettled()).some((count) => count > 0)) {
      if (scheduler.nowMs - restAt > SETTLES_WITHIN_MS) {
        wrong.push(`it does not come to rest: ${JSON.stringify(await unsettled())}`);
        break;
      }
      await scheduler.runUntil(scheduler.nowMs + CHECK_EVERY_MS);
    }
    settledMs = scheduler.nowMs - restAt;
    wrong.push(...(await scene.judge()), ...world.wrong);
    plans = (await scene.plans?.()) ?? plans;
  } catch (error) {
    wrong.push(`the run broke off: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    giveBack();
  }
  const ids = [...scene.names].map(([id, name]) => [id, name] as const);
  const named = wrong.map((line) => ids.reduce((text, [id, name]) => text.replaceAll(id, name), line));
  return {
    seed,
    scene: scene.name,
    backend: scene.backend,
    wrong: named,
    story: story.text(scene.names),
    hash: story.hash(),
    events: scheduler.events,
    settledMs,
    deaths,
    plans,
  };
}
