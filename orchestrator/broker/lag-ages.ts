/**
 * How long the oldest unread record of a partition has waited, from how its end moved: no record is fetched for it.
 * Exact to the time between two measurements.
 */

/** Measurements kept of a partition: an hour of them. Whatever waits longer is at least so old. */
const KEPT = 240;

interface Measured {
  readonly atMs: number;
  /** The end of the log then. */
  readonly end: number;
}

export interface LagAges {
  /**
   * Takes a measurement in.
   * @param key names a group's partition
   * @returns the age of the oldest record between `readTo` and `end`, ms; 0: there is none. What was unread when the first
   *   measurement was made counts from then
   */
  observe(key: string, end: number, readTo: number, nowMs: number): number;
}

export function lagAges(): LagAges {
  const measured = new Map<string, Measured[]>();
  return {
    observe(key, end, readTo, nowMs) {
      const last = measured.get(key) ?? [];
      // A log that was replaced begins again.
      const before = (last.at(-1)?.end ?? 0) > end ? [] : last;
      // The first record beyond `readTo` was written after the last measurement whose end it lies behind.
      const passed = before.findLastIndex((one) => one.end <= readTo);
      const kept = before.slice(Math.max(0, passed, before.length - KEPT + 1));
      measured.set(key, [...kept, { atMs: nowMs, end }]);
      return readTo >= end ? 0 : nowMs - (kept[0]?.atMs ?? nowMs);
    },
  };
}
