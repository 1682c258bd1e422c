/** Deletes the endings of tokens that have all expired, once an hour: they name people. */
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { EndedTokenStore } from '../store/ended-token-store.ts';

const EVERY_MS = 3_600_000;

/** Starts deleting. */
export function keepDeletingEndings(
  store: Pick<EndedTokenStore, 'deleteExpired'>,
  log: Pick<Logger, 'throttled'>,
): { close: () => Promise<void> } {
  let deleting = Promise.resolve();
  const tick = () => {
    deleting = store
      .deleteExpired()
      .catch((error) => log.throttled('endings', 'endings-not-deleted', { error: messageOf(error) }));
  };
  tick();
  const timer = setInterval(tick, EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await deleting;
    },
  };
}
