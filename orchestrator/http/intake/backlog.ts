/** Measures how long accepted sagas wait for an engine, so that intake can reject new ones. */

import type { BacklogStore } from '#orchestrator/store/backlog-store.ts';
import type { Logger } from '#platform/process/log.ts';
import { repeat } from '#platform/process/repeat.ts';

const CHECK_EVERY_MS = 1_000;
/** Rows read by one check. */
const CHECK_ROWS = 20_000;
/** How far back the first check begins. Older unstarted sagas are the sweeper's and the operators' concern. */
const FIRST_REACH_MS = 600_000;

export interface Backlog {
  /** Whether a saga has waited longer than `oldestMs`. */
  readonly tooOld: boolean;
  /** Checks now; a timer does so once a second. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts checking. Reads each saga about once, as it grows older than the bound: the checkpoint below which all have
 * started only rises, so the cost of a check does not depend on how many sagas are stuck elsewhere.
 */
export function watchBacklog(
  store: BacklogStore,
  options: { oldestMs: number; now: () => number; log: Logger },
): Backlog {
  const { now, log } = options;
  let checkpoint = now() - FIRST_REACH_MS;
  let tooOld = false;
  const check = async () => {
    const before = now() - options.oldestMs;
    const { at, allStartedTo } = await store.firstUnstarted(checkpoint, before, CHECK_ROWS);
    checkpoint = Math.max(checkpoint, allStartedTo);
    if ((at !== null) !== tooOld) log.warn(at === null ? 'backlog-over' : 'backlog-too-old');
    tooOld = at !== null;
  };
  const checking = repeat(check, {
    everyMs: CHECK_EVERY_MS,
    log,
    failed: 'backlog-not-read',
    restsFirst: true,
  });
  return {
    get tooOld() {
      return tooOld;
    },
    check: checking.run,
    close: checking.close,
  };
}
