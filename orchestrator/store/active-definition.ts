/** The definition new sagas begin under, asked for at most once a second. */

import type { SagaDefinition } from '#engine/definition/definition.ts';
import type { Database } from '#platform/postgres/database.ts';
import { activeVersions } from './activations.ts';

const KEPT_MS = 1_000;

/**
 * Asks for the active definition of a name: null while no version is active, or one this process does not know.
 * Failures are not kept.
 */
export function activeDefinition<Definition extends SagaDefinition>(
  db: Database,
  name: string,
  known: readonly Definition[],
  now: () => number,
): () => Promise<Definition | null> {
  let asked: Promise<Definition | null> | null = null;
  let askedAt = 0;
  return () => {
    if (asked === null || now() - askedAt >= KEPT_MS) {
      askedAt = now();
      asked = activeVersions(db).then(
        (active) => known.find((one) => one.name === name && one.version === active.get(name)) ?? null,
      );
      asked.catch(() => {
        asked = null;
      });
    }
    return asked;
  };
}
