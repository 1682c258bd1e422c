/** Keeps work within a share of the machine's processors: each statement's time is paid for by a rest. */

/** Unused time that may be saved up, so that a small database is checked at once. */
const SAVED_MS = 10_000;

/** An account of time. */
export interface Budget {
  /** When the next work may begin, ms; now or earlier: at once. */
  readonly freeAt: number;
  /** Counts work that took so long. */
  spend(usedMs: number, now: number): void;
}

/** @param cores of a processor that may be used on the average: 0.02 for 1 % of two */
export function openBudget(cores: number, now: number): Budget {
  let freeAt = now;
  return {
    get freeAt() {
      return freeAt;
    },
    spend(usedMs, at) {
      freeAt = Math.max(freeAt, at - SAVED_MS) + usedMs / cores;
    },
  };
}
