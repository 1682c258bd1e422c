/** The definition new sagas begin under, read at most once a second. */

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
  name: string,
  known: readonly Definition[],
  now: () => number,
): () => Promise<Definition | null> {
  let cached: Promise<Definition | null> | null = null;
  let readAt = 0;
  return () => {
    if (cached === null || now() - readAt >= CACHED_MS) {
      readAt = now();
      cached = activeVersions(db).then(
        (active) => known.find((one) => one.name === name && one.version === active.get(name)) ?? null,
      );
      cached.catch(() => {
        cached = null;
      });
    }
    return cached;
  };
}
