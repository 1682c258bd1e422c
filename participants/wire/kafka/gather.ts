/**
 * How long to let messages gather before the next batch is read: nothing when idle, some milliseconds when busy.
 * Cost is paid per wake-up, not per message: 20 CPU-ms an order at 40/s, 1.7 at 1,000/s (the yardstick's measurements).
 */

/** A consumer's recent load. */
export interface GatherLoad {
  /** Messages a second, smoothed over about a second. */
  readonly perSecond: number;
  /** When it was last brought up to date, ms. */
  readonly at: number;
}

/** Below this nothing is gathered: latency is all that counts. */
const BUSY_PER_SECOND = 400;
/** A batch this long is full enough: the wait is what it takes to gather it at the present rate. */
const WORTHWHILE_BATCH = 25;
const LONGEST_MS = 15;
const SMOOTHING_MS = 500;

/** The load after a batch of `count` messages (0: an empty poll) that came back at `nowMs`. */
export function observeBatch(load: GatherLoad, count: number, nowMs: number): GatherLoad {
  const elapsed = Math.max(nowMs - load.at, 0.1);
  const weight = 1 - Math.exp(-elapsed / SMOOTHING_MS);
  return { perSecond: load.perSecond + weight * ((count * 1000) / elapsed - load.perSecond), at: nowMs };
}

/** How long to wait before the next poll, ms. */
export function gatherMs(load: GatherLoad): number {
  if (load.perSecond < BUSY_PER_SECOND) return 0;
  return Math.min(LONGEST_MS, Math.round((WORTHWHILE_BATCH * 1000) / load.perSecond));
}
