/** Waits for a condition with a bound, never for a time. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Polls `condition` until it is truthy, and returns its value.
 * @returns undefined when `withinMs` passed first
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  withinMs: number,
  everyMs = 50,
): Promise<T | undefined> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() >= end) return undefined;
    await pause(everyMs);
  }
}
