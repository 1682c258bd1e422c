/** Injects one fault: breaks, holds, repairs, and waits until the system has recovered. */
import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '#scripts/run/wait-until.ts';
import { type Counters, type CounterWatch, minus } from './counters.ts';
import type { DatabaseChecks } from './database-checks.ts';
import type { Environment, Fault } from './fault.ts';
import type { Turn } from './fault-order.ts';
import { type HealthVerdict, type HealthWatch, judgeHealth } from './health-watch.ts';
import type { Load } from './load.ts';

/** The bound of a recovery; a longer one is reported as not recovered. */
export const RECOVERS_WITHIN_MS = 60_000;
const CHECK_EVERY_MS = 100;
/** Every process must be ready again so soon after the return of what failed. */
const READY_AGAIN_WITHIN_MS = 15_000;
/** An order that moves for longer than this is held up by something. */
const HELD_UP_AFTER_MS = 3_000;
/** The system is steady when at each of so many checks, one a second, no order was held up. */
const STEADY_CHECKS = 3;
const STEADY_CHECK_EVERY_MS = 1_000;
const STEADY_WITHIN_MS = 60_000;

/** The observations of one fault. Times are ms of the run. */
export interface Injection {
  readonly fault: Fault;
  readonly beganAt: number;
  /** When the failed part was back. */
  readonly returnedAt: number;
  /** When orders accepted after the beginning were completing again in every partition; null: not within a minute. */
  readonly recoveredAt: number | null;
  /** The same for orders accepted after the return. */
  readonly recoveredFromReturnAt: number | null;
  /** When the orders held up by it had ended; null: not within a minute. */
  readonly settledAt: number | null;
  readonly endedAt: number;
  readonly counted: Counters;
  readonly health: HealthVerdict;
}

export interface InjectionParts {
  readonly environment: Environment;
  readonly load: Load;
  readonly checks: DatabaseChecks;
  readonly counters: CounterWatch;
  readonly health: HealthWatch;
}

/** The longest a fault may take, ms: a fault starts only when the rest of the run can hold it. */
export function longestMs({ holdMs }: Fault): number {
  return holdMs + RECOVERS_WITHIN_MS;
}

/** @throws when the failed part does not come back */
export async function inject(
  { environment, load, checks, counters, health }: InjectionParts,
  turn: Turn<Fault>,
): Promise<Injection> {
  const { fault, nth } = turn;
  const { clock, progress } = load;
  const { signal } = environment;
  const before = await counters.read();
  const beganAt = clock.now();
  const fromBeginning = progress.watch(beganAt);
  const repair = await fault.inject(environment, nth);
  await pause(fault.holdMs, undefined, { signal }).catch(() => {});
  await repair();
  const returnedAt = clock.now();
  const fromReturn = progress.watch(returnedAt);
  const recovered = () => signal.aborted || (fromBeginning.at !== null && fromReturn.at !== null);
  await poll(recovered, RECOVERS_WITHIN_MS, CHECK_EVERY_MS);
  const isSteady = await steady(checks, STEADY_WITHIN_MS, signal);
  const endedAt = clock.now();
  return {
    fault,
    beganAt,
    returnedAt,
    recoveredAt: fromBeginning.at,
    recoveredFromReturnAt: fromReturn.at,
    settledAt: isSteady ? endedAt : null,
    endedAt,
    counted: minus(await counters.read(), before),
    health: judgeHealth(health.samples, { fault, beganAt, returnedAt, endedAt }, READY_AGAIN_WITHIN_MS),
  };
}

/** Waits until no order is held up any more; false when it did not come to that in time. */
export async function steady(
  checks: DatabaseChecks,
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  let steadyChecks = 0;
  const isSteady = async () => {
    steadyChecks = (await checks.movingBefore(Date.now() - HELD_UP_AFTER_MS)) === 0 ? steadyChecks + 1 : 0;
    return steadyChecks >= STEADY_CHECKS || signal.aborted;
  };
  return (await poll(isSteady, withinMs, STEADY_CHECK_EVERY_MS)) !== undefined;
}
