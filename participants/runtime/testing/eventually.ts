/** For tests: waits for a condition with a bound, and fails with the last value. */
import { inspect } from 'node:util';
import { until } from '#scripts/run/stack/until.ts';

/**
 * Reads repeatedly until the value is as wanted.
 * @throws Error with the last value
 */
export async function eventually<T>(
  read: () => T | Promise<T>,
  wanted: (seen: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  let seen: T | undefined;
  const met = await until(
    async () => {
      seen = await read();
      return wanted(seen);
    },
    withinMs,
    20,
  );
  if (met !== true)
    throw new Error(`not met within ${withinMs} ms; last seen: ${inspect(seen, { depth: 5 })}`);
  return seen as T;
}
