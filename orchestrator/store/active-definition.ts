/** The definitions new sagas begin under, read at most once a second. */

import type { SagaDefinition } from '#engine/definition/definition.ts';
import type { Database } from '#platform/postgres/database.ts';
import { activeVersions } from './activations.ts';

const CACHED_MS = 1_000;

/**
 * Returns a function that reads the active definition of a name: null while no version is active, or one this process
 * lacks. Failures are not cached.
 */
export function activeDefinition<Definition extends SagaDefinition>(
  db: Database,
  known: readonly Definition[],
  now: () => number,
): (name: string) => Promise<Definition | null> {
  let cached: Promise<Map<string, number>> | null = null;
  let readAt = 0;
  return async (name) => {
    if (cached === null || now() - readAt >= CACHED_MS) {
      readAt = now();
      cached = activeVersions(db);
      cached.catch(() => {
        cached = null;
      });
    }
    const active = await cached;
    return known.find((one) => one.name === name && one.version === active.get(name)) ?? null;
  };
}
