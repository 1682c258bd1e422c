/** This process's own use of the processor, which its budget pays for beside its statements. */

/** The part of the budget that is spent on it at the most: a share so small that an idle process uses it up must not end all checks. */
const MOST = 0.5;

export interface OwnTime {
  /** The time used since the last call, ms. */
  take(now: number): number;
}

/**
 * @param read the time used since the process began, ms
 * @param cores of a processor that may be used on the average
 */
export function openOwnTime(read: () => number, cores: number, now: number): OwnTime {
  let used = read();
  let takenAt = now;
  return {
    take(at) {
      const before = used;
      used = read();
      const most = (at - takenAt) * cores * MOST;
      takenAt = at;
      return Math.min(used - before, most);
    },
  };
}
