/** Watches how long accepted orders wait for an engine, so that intake can turn new ones away. */

import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';

const CHECK_EVERY_MS = 1_000;
/** Rows looked at in one check. */
const CHECK_ROWS = 20_000;
/** How far back the first check begins: older orders that nobody started are the sweeper's and a person's. */
const FIRST_REACH_MS = 600_000;

/** What a check of the orders accepted from `fromMs` up to `beforeMs` found. */
export interface BacklogStore {
  /**
   * Looks at sagas by id, which is by time, from one instant up to another.
   * @returns when the first unstarted one was accepted, or null; and the instant up to which all have started
   */
  firstUnstarted(
    fromMs: number,
    beforeMs: number,
    limit: number,
  ): Promise<{ at: number | null; allStartedTo: number }>;
}

export interface Backlog {
  /** Whether some order has waited longer than it should. */
  readonly tooOld: boolean;
  /** One look; the sweepState does this once a second. */
  check(): Promise<void>;
  close(): void;
}

/**
 * Begins to sweepState. Each order is looked at about once, as it grows older than the bound: the mark below which all have
 * started only rises, so the check costs the same whatever is stuck elsewhere.
 */
export function watchBacklog(
  store: BacklogStore,
  options: { oldestMs: number; now: () => number; log: Logger },
): Backlog {
  const { now, log } = options;
  let mark = now() - FIRST_REACH_MS;
  let tooOld = false;
  let checking = false;
  const check = async () => {
    if (checking) return;
    checking = true;
    try {
      const before = now() - options.oldestMs;
      const { at, allStartedTo } = await store.firstUnstarted(mark, before, CHECK_ROWS);
      mark = Math.max(mark, allStartedTo);
      if ((at !== null) !== tooOld)
        log.warn(at === null ? 'orders are started again' : 'orders wait for an engine');
      tooOld = at !== null;
    } catch (error) {
      log.throttled('backlog', 'the backlog could not be read', { error: messageOf(error) });
    } finally {
      checking = false;
    }
  };
  const timer = setInterval(() => void check(), CHECK_EVERY_MS);
  return {
    get tooOld() {
      return tooOld;
    },
    check,
    close: () => clearInterval(timer),
  };
}
