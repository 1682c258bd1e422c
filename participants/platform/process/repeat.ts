/**
 * Repeats work at an interval, one run at a time. A run that takes longer than the interval skips the turns that fall into it. A failed
 * run is logged, and the next one comes at its time.
 */
import { messageOf } from '#protocol/errors.ts';
import type { Logger } from './log.ts';
import type { LogEvent } from './log-events.ts';

/** Node's longest timer, 24.8 days; it takes a longer one for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

export interface Repetition {
  /** Runs the work now, or waits for the run under way. Never rejects; does nothing once it is closed. */
  run(): Promise<void>;
  /** Stops the repetition, and waits for the run under way. */
  close(): Promise<void>;
}

export interface RepeatOptions {
  readonly everyMs: number;
  readonly log: Pick<Logger, 'throttled'>;
  /** The log's event for a failed run. */
  readonly failed: LogEvent;
  /** Whether the first run comes after an interval; otherwise it comes at once. */
  readonly restsFirst?: boolean;
}

/** Begins to repeat the work, until it is closed. */
export function repeat(work: () => Promise<unknown>, options: RepeatOptions): Repetition {
  const { everyMs, log, failed, restsFirst = false } = options;
  let running: Promise<void> | null = null;
  let isClosed = false;
  const attempt = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.throttled(failed, failed, { error: messageOf(error) });
    }
  };
  const run = async (): Promise<void> => {
    if (isClosed) return;
    // `finally` comes after the assignment, even where the work throws before it waits for anything.
    running ??= attempt().finally(() => {
      running = null;
    });
    await running;
  };
  if (!restsFirst) void run();
  const timer = setInterval(() => void run(), Math.min(everyMs, LONGEST_MS));
  return {
    run,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}
