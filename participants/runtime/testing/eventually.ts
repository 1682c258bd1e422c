/** For tests: waits for a condition with a bound, and says what was seen when it is not met. */
import { inspect } from 'node:util';
import { until } from '#scripts/run/wait-until.ts';

/**
 * Reads again and again until what is read is as wanted.
 * @throws Error with the last that was read
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
