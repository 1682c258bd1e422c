/** Finds the first saga that no engine has started, by primary key. */

import type { Database } from '#platform/postgres/database.ts';
import { uuidv7Floor, uuidv7Ms } from '#protocol/ids.ts';

export interface BacklogStore {
  /**
   * Reads sagas created in a span, by id: ids begin with the time.
   * @returns when the first unstarted one was created, or null; and the instant up to which all have started
   */
  firstUnstarted(
    fromMs: number,
    beforeMs: number,
    limit: number,
  ): Promise<{ at: number | null; allStartedTo: number }>;
}

/** The store of the backlog. A saga of version 0 is unstarted, since every transition raises the version. */
export function backlogStore(db: Database): BacklogStore {
  return {
    async firstUnstarted(fromMs, beforeMs, limit) {
      const [found] = await db.query<{ first: string | null; last: string | null; seen: number }>(
        `SELECT (min(id::text) FILTER (WHERE version = 0 AND NOT paused AND stuck IS NULL)) AS first, max(id::text) AS last,
                count(*)::int AS seen
           FROM (SELECT id, version, paused, stuck FROM orchestrator.sagas
                  WHERE id >= $1::uuid AND id < $2::uuid ORDER BY id LIMIT $3::int) w`,
        uuidv7Floor(fromMs),
        uuidv7Floor(beforeMs),
        limit,
      );
      const at = found?.first ? uuidv7Ms(found.first) : null;
      const seenTo = found?.last && found.seen >= limit ? uuidv7Ms(found.last) : beforeMs;
      return { at, allStartedTo: at ?? seenTo };
    },
  };
}
