/** Rule: an engine applies each action when it reads it; it sets none aside because its saga has not started. */
import type { Store } from '#engine/ports.ts';

/** A store that reports each action set aside to `wrong`. */
export function setsNoActionAside(store: Store, wrong: string[]): Store {
  return {
    ...store,
    recordUnmatched(unmatched, now) {
      for (const { incoming, reason } of unmatched)
        if (reason === 'not-started') wrong.push(`actions: ${incoming.envelope.id} was set aside`);
      return store.recordUnmatched(unmatched, now);
    },
  };
}
