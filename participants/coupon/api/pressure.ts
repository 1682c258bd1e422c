/**
 * Turns a share of the requests away while this process's thread has no pause left. What it cannot get to waits in the
 * sockets, where no queue of ours sees it and no bound holds: those who ask would wait for seconds instead of being told
 * to come again. The share grows until the thread has pauses, and shrinks when it has many.
 */
import { performance } from 'node:perf_hooks';

const EVERY_MS = 250;
/** A garbage collection or a burst's first moment fills a window; only what lasts is too much. */
const PATIENCE = 2;
const MORE = 0.1;
const LESS = 0.05;
/** Some are always tried, or nothing would show that there is room again. */
const SHARE_MAX = 0.95;
/** So far below the bound there is room for more than is let in. */
const ROOM = 0.1;

/** Whether one more request must be turned away. */
export interface Pressure {
  refuses(): boolean;
}

/** How things stand after a window of time. */
export interface Stand {
  /** Of the requests, which share is turned away. */
  readonly share: number;
  /** Windows in a row that were too busy. */
  readonly busy: number;
}

/**
 * How things stand after one more window.
 * @param utilization the share of the window in which the thread was busy, 0 to 1
 * @param busyMax the bound: above it the thread counts as falling behind; at 1 it never does
 */
export function afterWindow({ share, busy }: Stand, utilization: number, busyMax: number): Stand {
  if (utilization > busyMax) {
    const more = busy + 1 >= PATIENCE ? Math.min(SHARE_MAX, share + MORE) : share;
    return { share: more, busy: busy + 1 };
  }
  return { share: utilization < busyMax - ROOM ? Math.max(0, share - LESS) : share, busy: 0 };
}

/** Watches this process's own event loop, four times a second, until the process ends. */
export function openPressure(busyMax: number): Pressure {
  let stand: Stand = { share: 0, busy: 0 };
  let last = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    stand = afterWindow(stand, utilization, busyMax);
  }, EVERY_MS).unref();
  return { refuses: () => stand.share > 0 && Math.random() < stand.share };
}
