/** The processes of a planted day: production engines, sweepers and participants over the simulated bus, clock and gateway, without any fault by chance. */
import type { MemoryStore } from '#orchestrator/store/testing/memory-store.ts';
import { PARTICIPANT_NAMES, type ParticipantName } from '#participants/handlers.ts';
import type { Gateway } from '#participants/payment/gateway.ts';
import type { Backend } from '../backend.ts';
import { Bus } from '../bus.ts';
import { versionsOf } from '../definition.ts';
import { EVENTS, type Plan, QUIET } from '../faults.ts';
import { Group } from '../group.ts';
import { openProduct, type ProcessKind, type Product } from '../processes.ts';
import type { Life } from '../scheduler.ts';
import { World } from '../world.ts';
import { Observer } from './observer.ts';
import { startPlantedEngine } from './planted-engine.ts';

const SEED = 7;
const STOCK = 10_000;
export const COUPON = 'c0000000-0000-4000-8000-000000000001';

/** No fault by chance. Hurried: the steps' limits are seconds, so that a time-out comes soon. */
const planOf = (hurried: boolean): Plan => {
  const day = { rates: QUIET, never: EVENTS, rollsOut: false, unhurried: !hurried };
  return { days: {}, apart: [{ every: 1, name: 'planted', day }], drawn: [] };
};

export interface DayOptions {
  readonly hurried?: boolean;
  /** Participants that have no process. */
  readonly without?: readonly ParticipantName[];
  /** Participants that read their commands and do nothing with them. */
  readonly silent?: readonly ParticipantName[];
  readonly engines?: number;
}

export class PlantedProcesses {
  readonly world: World;
  readonly bus: Bus;
  readonly backend: Backend;
  readonly store: MemoryStore;
  readonly observer: Observer;
  /** By the type of a command: the brake's id. */
  readonly brakes = new Map<string, string>();
  readonly #product: Product;
  readonly #engineGroup: Group;
  readonly #lives = new Map<string, Life>();
  readonly #hurried: boolean;

  constructor(backend: Backend, hurried: boolean) {
    this.#hurried = hurried;
    this.world = new World(SEED, planOf(hurried));
    this.bus = new Bus(this.world);
    this.backend = backend;
    this.store = backend.sweep as MemoryStore;
    this.#product = openProduct(this.world, this.bus, backend);
    this.#engineGroup = new Group(
      this.world,
      this.bus,
      'engine',
      this.bus.groups.get('engine')?.topics ?? [],
    );
    this.observer = new Observer(this.world, this.bus, this.store, this.definition, this.#lives, this.brakes);
    this.world.onDeath = (life) => {
      for (const group of this.bus.groups.values()) group.died(life);
    };
  }

  get definition() {
    return versionsOf({ unhurried: !this.#hurried }).current;
  }

  get gateway() {
    return this.#product.gateway;
  }

  /** Fills the shelves, and has the day's processes begin their lives. */
  async open({ without = [], silent = [], engines = 1 }: DayOptions): Promise<void> {
    await this.backend.setStock({ 'SKU-1': STOCK, 'SKU-2': 0 });
    await this.backend.issue([
      {
        id: COUPON,
        campaignId: COUPON,
        userId: 'customer-1',
        validUntil: null,
        discount: { kind: 'percent', value: 15 },
        redemption: null,
      },
    ]);
    for (let n = 1; n <= engines; n++) this.startEngine(`engine-${n}`);
    for (const kind of PARTICIPANT_NAMES) {
      if (without.includes(kind)) continue;
      if (silent.includes(kind)) this.#startSilent(kind);
      else this.start(kind);
    }
    this.observer.start();
    await this.run(5_000);
  }

  /** A process begins its life. */
  start(kind: ProcessKind): Life {
    const life = this.#live(`${kind}-1`);
    this.#product.start[kind](life);
    return life;
  }

  startEngine(name: string): Life {
    const life = this.#live(name);
    startPlantedEngine({ ...this, life, group: this.#engineGroup, definitions: [this.definition] });
    return life;
  }

  /** A process that reads every command and answers none. */
  #startSilent(kind: ParticipantName): void {
    const group = this.bus.groups.get(kind) as Group;
    group.join(this.#live(`${kind}-1`), {
      handle: async () => ({
        published: Promise.resolve(),
        unpublished: () => new Set(),
        leave: () => {},
      }),
    });
  }

  #live(name: string): Life {
    const life: Life = { name, alive: true, stoppedUntil: 0 };
    this.#lives.set(name, life);
    return life;
  }

  /** Ends a process. */
  stop(name: string): void {
    const life = this.#lives.get(name);
    if (life !== undefined) this.world.kill(life, 'it is stopped');
  }

  /** A process does nothing for a while, and its group does not put it out. */
  freeze(name: string, ms: number): void {
    const life = this.#lives.get(name);
    if (life !== undefined) life.stoppedUntil = this.world.nowMs + ms;
  }

  run(ms: number): Promise<void> {
    return this.world.scheduler.runUntil(this.world.nowMs + ms);
  }

  /** The gateway answers these calls in another way, to whichever process calls it from now on. */
  gatewayAnswers(answers: Partial<Gateway>): void {
    const { gateway } = this;
    const reached = gateway.reachedBy.bind(gateway);
    gateway.reachedBy = (life) => ({ ...reached(life), ...answers });
  }
}
