/** A fault, and the environment it is injected into. */
import type { System } from '#scripts/run/system.ts';
import type { DatabasePair } from './database-pair.ts';
import type { CuttableProxy } from './proxy.ts';
import type { RedisPair } from './redis-pair.ts';

/** The environment that faults act on. */
export interface Environment {
  /** The stack of the killed parts. */
  readonly stack: string;
  readonly system: System;
  /** The address of the database for the run itself; it leads to the primary. */
  readonly databaseUrl: string;
  /** The two servers of a run with a standby. */
  readonly pair: DatabasePair | null;
  /** The two Redis servers of such a run. */
  readonly caches: RedisPair | null;
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
   * The start of the recovery: the fault's beginning where other processes take over or a supervisor restarts it; its
   * end where all depend on the failed part.
   */
  readonly recoversFrom: 'beginning' | 'end';
  /** The part by which the API's callers may notice it; null: they must not notice. */
  readonly noticed: 'api' | 'database' | null;
  /** Processes that it stops, kills or freezes: their probes may go without an answer. */
  readonly stops?: readonly string[];
  /** The processes that may be not ready meanwhile, or surely are at some time. Without it all stay ready. */
  readonly unready?: { readonly may: readonly string[] | 'all'; readonly must?: boolean };
  /**
   * Injects the fault. `nth` counts the earlier times, so that each time another one of several is hit.
   * @returns the repair; it resolves when the failed part is back
   */
  inject(environment: Environment, nth: number): Promise<() => Promise<void>>;
}
