/** How long to wait before a process that died is started again. */

const firstMs = 500;
const longestMs = 10_000;
const healthyAfterMs = 30_000;

/**
 * The next wait: half a second, doubled at each death in a row up to ten seconds; half a second again after a life of
 * thirty.
 * @param lastMs the wait before this life; undefined for the first
 * @param aliveMs how long it lived
 */
export function nextBackoffMs(lastMs: number | undefined, aliveMs: number): number {
  if (lastMs === undefined || aliveMs >= healthyAfterMs) return firstMs;
  return Math.min(lastMs * 2, longestMs);
}
