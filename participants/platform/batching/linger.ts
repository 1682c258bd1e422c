/**
 * Adaptive linger: how long a consumer waits for more messages, from nothing when idle to some milliseconds when busy.
 * The cost is per wake-up, not per message: measured, an order costs 20 CPU-ms at 40/s and 1.7 at 1,000/s. While CPU is idle
 * nobody gains by that, so a process scales its linger by how short the CPU is (`../process/cpu-shortage.ts`).
 */

/** A recent load. */
export interface LingerLoad {
  /** Messages a second, smoothed over about a second. */
  readonly perSecond: number;
  /** The time of the last update, ms. */
  readonly at: number;
}

/** The rates between which the linger grows, and its maximum. */
export interface LingerLimits {
  /** Below this rate there is no linger: latency counts most. */
  readonly busyPerSecond: number;
  /** From this rate on the linger is `longestMs`; in between it grows with the load. */
  readonly fullPerSecond: number;
  readonly longestMs: number;
}

/**
 * The linger of every hop of an order: at full load it adds some 15 ms a hop and cuts the cost of an order by half. Most hops
 * receive an order once, inventory twice, so at 40 orders/s inventory alone lingers, some 9 ms. A slower rise (50 to 300)
 * gained nothing: at 100 orders/s with two engines it left 4 instead of 28 % of a core idle, and the median order took 361
 * instead of 218 ms.
 */
export const HOP_LINGER: LingerLimits = { busyPerSecond: 60, fullPerSecond: 130, longestMs: 30 };

/** The engine's linger: it receives each order five times, 40 orders/s as 200 messages/s. */
export const ENGINE_LINGER: LingerLimits = { busyPerSecond: 220, fullPerSecond: 320, longestMs: 30 };

const SMOOTHING_MS = 500;

/** The load after a batch of `count` messages (0: an empty poll) that came back at `nowMs`. */
export function observeBatch(load: LingerLoad, count: number, nowMs: number): LingerLoad {
  const elapsed = Math.max(nowMs - load.at, 0.1);
  const weight = 1 - Math.exp(-elapsed / SMOOTHING_MS);
  return { perSecond: load.perSecond + weight * ((count * 1000) / elapsed - load.perSecond), at: nowMs };
}

/** How long to wait for more, ms. @param cpuShortage from 0, CPU is idle and waiting would save nothing, to 1 */
export function lingerMs(
  { perSecond }: LingerLoad,
  limits: LingerLimits = HOP_LINGER,
  cpuShortage = 1,
): number {
  const { busyPerSecond, fullPerSecond, longestMs } = limits;
  const share = (perSecond - busyPerSecond) / (fullPerSecond - busyPerSecond);
  return Math.round(longestMs * Math.min(1, Math.max(0, share)) * cpuShortage);
}
