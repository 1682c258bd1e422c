/**
 * How long to let messages linger before they are handled: nothing when idle, some milliseconds when busy.
 * Cost is paid per wake-up, not per message: 20 CPU-ms an order at 40/s, 1.7 at 1,000/s (the yardstick's measurements).
 */

/** A recent load. */
export interface LingerLoad {
  /** Messages a second, smoothed over about a second. */
  readonly perSecond: number;
  /** When it was last brought up to date, ms. */
  readonly at: number;
}

/** From which rate to linger, and how long at the most. */
export interface LingerLimits {
  /** Below this nothing is gathered: latency is all that counts. */
  readonly busyPerSecond: number;
  /** From here on the longest wait is worth it; in between it grows with the load. */
  readonly fullPerSecond: number;
  readonly longestMs: number;
}

/**
 * What every hop of an order uses: at full load it adds some 15 ms a hop, and halves what an order costs. Most hops hear an
 * order once and inventory twice, so at 40 orders/s inventory alone gathers, some 9 ms. A slower rise (50 to 300) was no gain
 * to anybody: at 100 orders/s by two engines it left 4 instead of 28 % of a core idle, and orders took 361 ms at the median
 * instead of 218.
 */
export const HOP_LINGER: LingerLimits = { busyPerSecond: 60, fullPerSecond: 130, longestMs: 30 };

/** What the engine uses: it hears each order five times, 40 a second as 200 messages. */
export const ENGINE_LINGER: LingerLimits = { busyPerSecond: 220, fullPerSecond: 320, longestMs: 30 };

const SMOOTHING_MS = 500;

/** The load after a batch of `count` messages (0: an empty poll) that came back at `nowMs`. */
export function observeBatch(load: LingerLoad, count: number, nowMs: number): LingerLoad {
  const elapsed = Math.max(nowMs - load.at, 0.1);
  const weight = 1 - Math.exp(-elapsed / SMOOTHING_MS);
  return { perSecond: load.perSecond + weight * ((count * 1000) / elapsed - load.perSecond), at: nowMs };
}

/** How long to wait for more, ms. */
export function lingerMs({ perSecond }: LingerLoad, limits: LingerLimits = HOP_LINGER): number {
  const { busyPerSecond, fullPerSecond, longestMs } = limits;
  const share = (perSecond - busyPerSecond) / (fullPerSecond - busyPerSecond);
  return Math.round(longestMs * Math.min(1, Math.max(0, share)));
}
