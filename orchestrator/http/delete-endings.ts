/** Deletes the endings of tokens that have all expired, once an hour: they name people. */
import type { Logger } from '#platform/process/log.ts';
import { type Repetition, repeat } from '#platform/process/repeat.ts';
import type { EndedTokenStore } from '../store/ended-token-store.ts';

const EVERY_MS = 3_600_000;

/** Starts deleting. */
export function keepDeletingEndings(
  store: Pick<EndedTokenStore, 'deleteExpired'>,
  log: Pick<Logger, 'throttled'>,
): Repetition {
  return repeat(() => store.deleteExpired(), { everyMs: EVERY_MS, log, failed: 'endings-not-deleted' });
}
