/**
 * A rollout with two builds side by side: engines are replaced one by one by a build that supports a newer version of
 * the saga, which is activated once every recently seen engine supports it. An engine that stood still meanwhile
 * wakes up outdated.
 */

import type { Registered } from '#engine/definition/definition.ts';
import type { Store } from '#engine/ports.ts';
import { type Definitions, definitionKey, UNKNOWN_VERSION } from '#engine/step-batch.ts';
import { type Versions, versionsOf } from './definition.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

const REPORT_EVERY_MS = 2_000;
/** As the product's 30 s, in proportion: shorter than a standstill may be, so that one can be overtaken. */
const LIVE_MS = 8_000;
const ONE_EVERY_MS = 5_000;
/** After this time an operator replaces a remaining old engine, unless it has ended itself. */
const LEFT_OVER_MS = 40_000;

const mapOf = (all: readonly Registered[]): Definitions =>
  new Map(all.map((one) => [definitionKey(one.name, one.version), one]));

export class Rollout {
  /** The version of new orders. */
  active: Registered;
  /** The versions that an older and a newer build support. */
  readonly #old: Definitions;
  readonly #new: Definitions;
  readonly #versions: Versions;
  readonly #world: World;
  /** The latest report of each engine. */
  readonly #reports = new Map<
    string,
    { readonly life: Life; readonly knows: Definitions; readonly atMs: number }
  >();
  #hasBegun = false;

  constructor(world: World) {
    this.#world = world;
    const { scheduler, random, faults } = world;
    this.#versions = versionsOf(faults.day);
    const { current, newer } = this.#versions;
    this.active = current;
    this.#old = mapOf([current]);
    this.#new = mapOf([current, newer]);
    if (faults.rollsOut) scheduler.in(random.between(0, 0.3 * faults.lastMs), null, () => this.#begin());
  }

  /** Registers a starting engine. @returns the versions its build supports */
  join(life: Life): Definitions {
    const knows = this.#hasBegun ? this.#new : this.#old;
    const report = () => {
      this.#reports.set(life.name, { life, knows, atMs: this.#world.nowMs });
      this.#world.scheduler.in(REPORT_EVERY_MS, life, report);
    };
    report();
    return knows;
  }

  /**
   * A store that answers from here which engines support a version, since the stores in memory hold no engines. An
   * engine that learns of others must end itself, and set no message aside.
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

  /**
   * Replaces one more engine; activates the newer version once every recently seen engine supports it. A frozen
   * engine receives nothing.
   */
  #goOn(): void {
    const { scheduler, nowMs, story } = this.#world;
    const { newer } = this.#versions;
    const live = this.#live();
    if (this.active !== newer && live.length > 0 && live.every(({ knows }) => knows === this.#new)) {
      this.active = newer;
      story.add('rollout', `version ${this.active.version} is activated`);
    }
    const old = [...this.#reports.values()].filter(({ life, knows }) => life.alive && knows === this.#old);
    const next = old.find(({ life }) => life.stoppedUntil <= nowMs);
    if (next !== undefined) this.#world.kill(next.life, 'it is replaced');
    const isActive = this.active === newer;
    if (old.length > 0 || !isActive)
      scheduler.in(isActive ? LEFT_OVER_MS : ONE_EVERY_MS, null, () => this.#goOn());
  }
}
