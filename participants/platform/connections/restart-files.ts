/**
 * Files that a library reads once, at its start: when one changes, the process must end in an orderly way and be started
 * again. librdkafka loads certificates into its TLS context when a consumer is made, and has no way to load others.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const CHECK_EVERY_MS = 5_000;
/** Processes that share a file do not all end at once. */
const SPREAD_MS = 20_000;

export interface RestartFiles {
  /** Notes a file as it is now. */
  add(path: string): void;
  /**
   * Calls `onChange` once, when a file has another content than when it was noted, and keeps it: a rotation replaces several
   * files one after another. A file that is gone has not changed.
   */
  watch(onChange: (paths: readonly string[]) => void): { close(): void };
}

/** @param pace the time between two checks, and the longest delay of `onChange` after them, ms */
export function createRestartFiles(
  pace: { everyMs: number; spreadMs: number } = { everyMs: CHECK_EVERY_MS, spreadMs: SPREAD_MS },
): RestartFiles {
  const noted = new Map<string, string | null>();
  const changed = () =>
    [...noted].flatMap(([path, before]) => {
      const now = digestOf(path);
      return now === null || now === before ? [] : [`${path} ${now}`];
    });
  return {
    add(path) {
      if (!noted.has(path)) noted.set(path, digestOf(path));
    },
    watch(onChange) {
      let before: string[] = [];
      let delay: NodeJS.Timeout | undefined;
      const timer = setInterval(() => {
        const now = changed();
        const isStable = now.length > 0 && now.join() === before.join();
        before = now;
        if (!isStable) return;
        clearInterval(timer);
        const paths = now.map((one) => one.slice(0, one.lastIndexOf(' ')));
        delay = setTimeout(() => onChange(paths), Math.random() * pace.spreadMs);
        delay.unref();
      }, pace.everyMs);
      timer.unref();
      return {
        close() {
          clearInterval(timer);
          clearTimeout(delay);
        },
      };
    },
  };
}

function digestOf(path: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return null;
  }
}

/** The files of this process. */
export const restartFiles = createRestartFiles();
