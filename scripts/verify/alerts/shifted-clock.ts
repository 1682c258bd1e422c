/** A process of a local stack whose machine's clock is wrong: it is loaded with `ahead-of-time.mjs`. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { placesOf } from '#scripts/run/stack/places.ts';

/** @param stack whose folder holds how far the clock is ahead */
export function shiftedClock(stack: string): {
  /** Of the process. */
  readonly environment: Record<string, string>;
  /** From the process's next start on. */
  set(aheadMs: number): void;
} {
  const file = join(placesOf(stack).data, 'clock-ahead-ms');
  const preload = pathToFileURL(join(import.meta.dirname, 'ahead-of-time.mjs')).href;
  return {
    environment: { NODE_OPTIONS: `--max-semi-space-size=32 --import ${preload}`, CLOCK_AHEAD_FILE: file },
    set(aheadMs) {
      if (aheadMs === 0) rmSync(file, { force: true });
      else writeFileSync(file, String(aheadMs));
    },
  };
}
