/** The shared parts of a run: time, chance, faults, the story, the lives of processes. */
import type { Logger } from '#platform/process/log.ts';
import { Random } from '../random.ts';
import { Faults, type Plan } from './faults.ts';
import { ORDERS } from './order-days.ts';
import { type Life, Scheduler } from './scheduler.ts';
import { Story } from './story.ts';

/** When every run begins. Ids hold the time, and tables are partitioned by it: it must not be the machine's. */
export const BEGIN_MS = Date.UTC(2026, 10, 1, 12);

/** How far a process's clock may be off the true time, ms; two of them twice as far apart. */
export const MOST_SKEW_MS = 500;

/** Where a process may die. */
export type CrashPoint =
  | 'before a database call'
  | 'after a database call, before its result'
  | 'before it published'
  | 'after some of it was published'
  | 'after the publish, before the offsets were committed'
  | 'after the offsets were committed'
  | 'before the gateway was called'
  | 'after a gateway call, before its answer'
  | 'after the mail was sent, before it was written down';

export class World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly story: Story;
  /** Called when a life ends. */
  onDeath: (life: Life, why: string) => void = () => {};
  /** Called when a process is frozen. */
  onStandstill: (life: Life) => void = () => {};
  /** Violations during the run that leave no trace in the stores: a process that ended itself, a second mail. */
  readonly wrong: string[] = [];

  constructor(seed: number, plan: Plan = ORDERS) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random, BEGIN_MS);
    this.faults = new Faults(this.random, seed, plan);
    this.story = new Story(() => this.scheduler.nowMs);
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  /** Ends a life: its work under way never continues. */
  kill(life: Life, why: string): void {
    if (!life.alive) return;
    life.alive = false;
    this.story.add(life.name, `dies: ${why}`);
    this.onDeath(life, why);
  }

  /**
   * Freezes a process for longer than its sessions and leases last; on waking it does not notice that time has
   * passed.
   */
  standStill(life: Life): void {
    if (!life.alive || life.stoppedUntil > this.nowMs) return;
    life.stoppedUntil = this.nowMs + this.random.between(9_000, 25_000);
    this.story.add(life.name, `stands still until ${((life.stoppedUntil - BEGIN_MS) / 1000).toFixed(3)} s`);
    this.onStandstill(life);
  }

  /** Lets a process crash at a point now and then. @returns true when the caller must stop */
  crashes(life: Life, point: CrashPoint): boolean {
    if (!life.alive) return true;
    if (!this.faults.occurs('crash')) return false;
    this.kill(life, point);
    return true;
  }

  /** A process's clock, ms since 1970: on some days skewed by a constant for its whole life. */
  clockOf(life: Life): () => number {
    const skewMs = this.faults.skews ? Math.round(this.random.between(-MOST_SKEW_MS, MOST_SKEW_MS)) : 0;
    if (skewMs !== 0) this.story.add(life.name, `its clock is off by ${skewMs} ms`);
    return () => Math.floor(this.nowMs + skewMs);
  }

  /** An ordinary wait for another machine's answer, ms. */
  latency(): number {
    return this.random.between(0.2, 4);
  }

  /** A logger that writes into the story. */
  log(life: Life): Logger {
    const add = (message: string, fields: Record<string, unknown> = {}) => {
      const more = Object.entries(fields).map(([name, value]) => `${name}=${String(value).slice(0, 300)}`);
      this.story.add(life.name, [message, ...more].join(' '));
    };
    return { info() {}, warn: add, error: add, throttled: (_, message, fields) => add(message, fields) };
  }
}
