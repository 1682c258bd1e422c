/**
 * Files that are replaced while the process runs, such as rotated certificates and keys. They are read again at intervals:
 * watches of the kernel do not see a mount whose links are switched, as Kubernetes does it.
 */
import { readFileSync } from 'node:fs';
import { messageOf } from '#protocol/errors.ts';
import type { Logger } from './log.ts';

/** A changed file counts from then on at the latest. */
export const READ_AGAIN_MS = 2_000;

export interface WatchedFiles<T> {
  /** What the files say now. */
  readonly value: T;
  close(): void;
}

/**
 * Reads files, and again when the content of one changes. A change that cannot be used is logged, and the value before stays.
 * @param use makes a value of the contents, in the files' order; throws when they are not usable
 * @param changed is called with each value but the first
 * @throws Error when the first read fails
 */
export function watchFiles<T>(
  files: readonly string[],
  use: (contents: readonly string[]) => T,
  { log, changed }: { log: Pick<Logger, 'throttled' | 'info'>; changed?: (value: T) => void },
): WatchedFiles<T> {
  const read = () => files.map((file) => readFileSync(file, 'utf8'));
  let contents = read();
  let value = use(contents);
  const timer = setInterval(() => {
    const name = files.join(', ');
    try {
      const next = read();
      if (next.every((text, index) => text === contents[index])) return;
      const used = use(next);
      changed?.(used);
      value = used;
      contents = next;
      log.info('files-read-again', { name });
    } catch (error) {
      // A pair may be half replaced: the next read has both.
      log.throttled(`files/${name}`, 'files-not-usable', { name, error: messageOf(error) });
    }
  }, READ_AGAIN_MS).unref();
  return {
    get value() {
      return value;
    },
    close: () => clearInterval(timer),
  };
}
