/**
 * Two builds side by side: engines are replaced one by one by a build that knows a newer version of the saga, which is
 * activated once every engine heard of lately knows it. One that slept through it all wakes up outdated.
 */

import type { Registered } from '#engine/definition/definition.ts';
import type { Store } from '#engine/ports.ts';
import { type Definitions, definitionKey, UNKNOWN_VERSION } from '#engine/step-batch.ts';
import { definition, newerDefinition } from './definition.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

const REPORT_EVERY_MS = 2_000;
/** As the product's 30 s, in proportion: shorter than a standstill may be, so that one can be overtaken. */
const LIVE_MS = 8_000;
const ONE_EVERY_MS = 5_000;
/** Later somebody finds what is left over, unless it has ended itself. */
const LEFT_OVER_MS = 40_000;

const mapOf = (all: readonly Registered[]): Definitions =>
  new Map(all.map((one) => [definitionKey(one.name, one.version), one]));
const OLD = mapOf([definition]);
const NEW = mapOf([definition, newerDefinition]);

export class Rollout {
  /** What new orders begin under. */
  active: Registered = definition;
  readonly #world: World;
  /** Engines as they were last heard of. */
  readonly #reports = new Map<
    string,
    { readonly life: Life; readonly knows: Definitions; readonly atMs: number }
  >();
  #hasBegun = false;

  constructor(world: World) {
    this.#world = world;
    const { scheduler, random, faults } = world;
    if (faults.rollsOut) scheduler.in(random.between(0, 0.3 * faults.lastMs), null, () => this.#begin());
  }

  /** An engine starts. @returns what its build knows */
  join(life: Life): Definitions {
    const knows = this.#hasBegun ? NEW : OLD;
    const report = () => {
      this.#reports.set(life.name, { life, knows, atMs: this.#world.nowMs });
      this.#world.scheduler.in(REPORT_EVERY_MS, life, report);
    };
    report();
    return knows;
  }

  /**
   * A store that answers who knows a version from here: the books in memory hold no engines. Who has been knowingEngines of others
   * must end itself, and set nothing aside.
   */
  answering(store: Store): Store {
    let knowingEngines: readonly string[] = [];
    return {
      ...store,
      enginesKnowing: async (name, version) => {
        const knowing = this.#live().filter(({ knows }) => knows.has(definitionKey(name, version)));
        knowingEngines = knowing.map(({ life }) => life.name);
        return [...knowingEngines];
      },
      recordUnmatched: (unmatched, now) => {
        const [unknown] = unmatched.filter(({ reason }) => reason === UNKNOWN_VERSION);
        if (unknown !== undefined && knowingEngines.length > 0)
          this.#world.wrong.push(
            `${unknown.incoming.envelope.id} is set aside, and ${knowingEngines.join(', ')} could take it`,
          );
        return store.recordUnmatched(unmatched, now);
      },
    };
  }

  #live() {
    return [...this.#reports.values()].filter(({ atMs }) => atMs > this.#world.nowMs - LIVE_MS);
  }

  #begin(): void {
    this.#world.story.add('rollout', 'begins: engines are replaced one by one');
    this.#hasBegun = true;
    const { random } = this.#world;
    const awake = this.#live().filter(({ life }) => life.alive);
    // One of several may sleep through it all.
    if (awake.length > 1 && random.chance(0.5)) this.#world.standStill(random.pick(awake).life);
    this.#goOn();
  }

  /** Replaces one more; activates the newer version once everybody heard of lately knows it. Who stands still hears nothing. */
  #goOn(): void {
    const { scheduler, nowMs, story } = this.#world;
    const live = this.#live();
    if (this.active !== newerDefinition && live.length > 0 && live.every(({ knows }) => knows === NEW)) {
      this.active = newerDefinition;
      story.add('rollout', `version ${this.active.version} is activated`);
    }
    const old = [...this.#reports.values()].filter(({ life, knows }) => life.alive && knows === OLD);
    const next = old.find(({ life }) => life.stoppedUntil <= nowMs);
    if (next !== undefined) this.#world.kill(next.life, 'it is replaced');
    const isActive = this.active === newerDefinition;
    if (old.length > 0 || !isActive)
      scheduler.in(isActive ? LEFT_OVER_MS : ONE_EVERY_MS, null, () => this.#goOn());
  }
}
