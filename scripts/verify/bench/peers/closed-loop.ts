/** A closed loop: the same number of orders in flight all the time, each followed to its end before the next one is sent. */
import { poll } from '#scripts/run/wait-until.ts';
import { type Spread, spreadOf } from '../percentiles.ts';
import type { RunClock } from '../run-record.ts';

/** The times of a loop, ms since its start. */
export interface LoopPlan {
  readonly inFlight: number;
  /**
   * The first ones are sent evenly over so long. Sent at once, they would go from step to step together and end together:
   * a window would count a wave more or less.
   */
  readonly rampMs: number;
  /** The measured window; before it, the same load warms up. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Called once at an order's end. `failure`: why it did not complete. */
export type OnEnd = (failure: string | null) => void;

/** Sends one order. */
export type SendOne = (onEnd: OnEnd) => void;

/** The course of a loop. */
export interface LoopRecord {
  /** From each completed order's sending to its end, by the time of its end, ms. */
  readonly ends: ReadonlyArray<{ readonly sentAt: number; readonly endedAt: number }>;
  /** Orders that did not complete, by reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** Orders that were in flight when the bound of the drain had passed. */
  readonly unended: number;
}

const RAMP_EVERY_MS = 5;
const DRAIN_WITHIN_MS = 60_000;
/** A peer that refuses everything would be sent as much as the generator can. */
const FAILURES_MAX = 100;

/** Keeps the orders in flight until the window ends, then waits for the last ones, with a bound. */
export async function runLoop(plan: LoopPlan, clock: RunClock, send: SendOne): Promise<LoopRecord> {
  const ends: Array<{ sentAt: number; endedAt: number }> = [];
  const failures: Record<string, number> = {};
  let flying = 0;
  let failed = 0;
  const next = () => {
    if (clock.now() >= plan.toMs || failed >= FAILURES_MAX) return;
    const sentAt = clock.now();
    flying += 1;
    send((failure) => {
      flying -= 1;
      if (failure === null) ends.push({ sentAt, endedAt: clock.now() });
      else {
        failures[failure] = (failures[failure] ?? 0) + 1;
        failed += 1;
      }
      next();
    });
  };
  let begun = 0;
  const ramp = () => {
    while (begun < plan.inFlight && begun * plan.rampMs <= clock.now() * plan.inFlight) {
      begun += 1;
      next();
    }
    if (begun < plan.inFlight) setTimeout(ramp, RAMP_EVERY_MS);
  };
  ramp();
  const over = () => flying === 0 && (clock.now() >= plan.toMs || failed >= FAILURES_MAX);
  await poll(over, plan.toMs - clock.now() + DRAIN_WITHIN_MS, 20);
  return { ends, failures, unended: flying };
}

/** The figures of a loop: of the orders that ended in its window. */
export interface LoopFigures {
  readonly ordersPerSecond: number;
  readonly latency: Spread | null;
}

/** Works them out. */
export function loopFigures({ fromMs, toMs }: LoopPlan, { ends }: LoopRecord): LoopFigures {
  const counted = ends.filter(({ endedAt }) => endedAt >= fromMs && endedAt < toMs);
  const perSecond = counted.length / ((toMs - fromMs) / 1000);
  return {
    ordersPerSecond: Math.round(perSecond * 10) / 10,
    latency: spreadOf(Float64Array.from(counted, ({ sentAt, endedAt }) => endedAt - sentAt)),
  };
}
