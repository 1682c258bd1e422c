/** What all of a run's parts share: time, chance, faults, the story, the lives of processes. */
import type { Logger } from '#platform/process/log.ts';
import { Random } from '../random.ts';
import { Faults, ORDERS, type Plan } from './faults.ts';
import { type Life, Scheduler } from './scheduler.ts';
import { Story } from './story.ts';

/** When every run begins. Ids hold the time, and tables are partitioned by it: it must not be the machine's. */
export const BEGIN_MS = Date.UTC(2026, 10, 1, 12);

/** How far a process's clock may be off the true time, ms; two of them twice as far apart. */
export const MOST_SKEW_MS = 500;

/** Where a process may die. */
export type CrashPoint =
  | 'before the database was asked'
  | 'after the database did it, before it knew'
  | 'before it published'
  | 'after some of it was published'
  | 'after the publish, before the offsets were committed'
  | 'after the offsets were committed'
  | 'before the gateway was called'
  | 'after the gateway did it, before it knew'
  | 'after the mail was sent, before it was written down';

export class World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly story: Story;
  /** Told when a life ends. */
  onDeath: (life: Life, why: string) => void = () => {};
  /** Told when a life stands still. */
  onStandstill: (life: Life) => void = () => {};
  /** What went wrong on the way, and no book tells of: a process that ended itself, a mail known to be sent. */
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

  /** Ends a life: whatever it had under way is never gone on with. */
  kill(life: Life, why: string): void {
    if (!life.alive) return;
    life.alive = false;
    this.story.add(life.name, `dies: ${why}`);
    this.onDeath(life, why);
  }

  /** Stops a process for longer than its sessions and leases last; woken, it does not know that time has passed. */
  standStill(life: Life): void {
    if (!life.alive || life.stoppedUntil > this.nowMs) return;
    life.stoppedUntil = this.nowMs + this.random.between(9_000, 25_000);
    this.story.add(life.name, `stands still until ${((life.stoppedUntil - BEGIN_MS) / 1000).toFixed(3)} s`);
    this.onStandstill(life);
  }

  /** Whether a process dies at a point. The caller goes on no further then. */
  crashes(life: Life, point: CrashPoint): boolean {
    if (!life.alive) return true;
    if (!this.faults.occurs('crash')) return false;
    this.kill(life, point);
    return true;
  }

  /** A process's clock, ms since 1970: off by as much for as long as it lives, on some days. */
  clockOf(life: Life): () => number {
    const skewMs = this.faults.skews ? Math.round(this.random.between(-MOST_SKEW_MS, MOST_SKEW_MS)) : 0;
    if (skewMs !== 0) this.story.add(life.name, `its clock is off by ${skewMs} ms`);
    return () => Math.floor(this.nowMs + skewMs);
  }

  /** An ordinary wait for another machine's answer, ms. */
  latency(): number {
    return this.random.between(0.2, 4);
  }

  /** A logger that tells the story. */
  log(life: Life): Logger {
    const add = (message: string, fields: Record<string, unknown> = {}) => {
      const more = Object.entries(fields).map(([name, value]) => `${name}=${String(value).slice(0, 300)}`);
      this.story.add(life.name, [message, ...more].join(' '));
    };
    return { info() {}, warn: add, error: add, throttled: (_, message, fields) => add(message, fields) };
  }
}
