/** Waits for conditions, each with a bound, never for a time. */
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface Wait {
  readonly withinMs?: number;
  readonly everyMs?: number;
  /** Names the condition in the error. */
  readonly what?: string;
}

/**
 * For tests: reads again and again until the value is as wanted.
 * @param met judges the value; without it, any truthy value will do
 * @throws Error with the last value read, when `withinMs` passed first. By default that ends what hangs: no machine is so busy
 */
export async function waitUntil<T>(
  read: () => T | Promise<T>,
  met: (seen: T) => boolean = Boolean,
  { withinMs = 120_000, everyMs = 25, what = 'the condition' }: Wait = {},
): Promise<T> {
  let seen: T | undefined;
  const isMet = await poll(
    async () => {
      seen = await read();
      return met(seen);
    },
    withinMs,
    everyMs,
  );
  if (isMet) return seen as T;
  throw new Error(`${what} was not met within ${withinMs} ms; last seen: ${inspect(seen, { depth: 5 })}`);
}

/** Between two reads it waits at least as long as a read takes, so that waiting leaves the machine to what it waits for. */
const PAUSE_MAX_MS = 2_000;

/**
 * For work that goes on either way: polls `condition` until it is truthy, and returns its value.
 * @param everyMs the pause between two reads, longer where a read takes longer
 * @returns undefined when `withinMs` passed first
 */
export async function poll<T>(
  condition: () => T | Promise<T>,
  withinMs: number,
  everyMs = 50,
): Promise<T | undefined> {
  const end = performance.now() + withinMs;
  for (;;) {
    const began = performance.now();
    const value = await condition();
    if (value) return value;
    const now = performance.now();
    if (now >= end) return undefined;
    await pause(Math.max(everyMs, Math.min(now - began, PAUSE_MAX_MS)));
  }
}
