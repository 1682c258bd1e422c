/** What a fault is, and what it is given to break. */
import type { System } from '#scripts/run/system.ts';
import type { CuttableProxy } from './proxy.ts';

/** What the faults act on. */
export interface Environment {
  /** The stack whose parts are killed. */
  readonly stack: string;
  readonly system: System;
  /** The proxies between a process and each of the brokers, by the process's name. */
  readonly proxies: Readonly<Record<string, readonly CuttableProxy[]>>;
  /** Aborted: the run is being given up. */
  readonly signal: AbortSignal;
}

/** One bad thing that can be done to the system. */
export interface Fault {
  readonly name: string;
  /** How long it lasts before it is repaired, ms. */
  readonly holdMs: number;
  /**
   * From when on orders must complete again: from its beginning where others can take over or a supervisor starts it
   * again; from its end where nothing can go on without what is away.
   */
  readonly recoversFrom: 'beginning' | 'end';
  /** Whose fault it is to the API's callers; null: they must not notice. */
  readonly noticed: 'api' | 'database' | null;
  /**
   * Does it. `nth` counts the times before, so that each time another one of several can be hit.
   * @returns how it is undone; resolves when what was away is back
   */
  inject(environment: Environment, nth: number): Promise<() => Promise<void>>;
}
