/** Tries mails again that the server put off: rarer each time, for two days. */

import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import { FIRST_RETRY_MS } from './delivery.ts';
import type { MailStore } from './store.ts';
import type { Handed, Outlet } from './transport.ts';

const CHECK_EVERY_MS = 15_000;
const LONGEST_RETRY_MS = 3_600_000;
const GIVE_UP_MS = 48 * 3_600_000;
const LEASE_MS = 10 * 60_000;
const AT_ONCE = 20;

export interface DeferredParts {
  readonly mails: MailStore;
  readonly outlet: Outlet;
  readonly log: Logger;
  readonly now: () => number;
}

/** Tries what is due once. Stops at the first mail that fails for circumstances: the rest is due again later. */
export async function retryDeferred({ mails, outlet, now }: DeferredParts): Promise<void> {
  for (const { letter, attempts, firstAt } of await mails.claimDeferred(
    new Date(now()),
    new Date(now() + LEASE_MS),
    AT_ONCE,
  )) {
    const answered = await outlet.send(letter);
    const tooLong = now() - firstAt.getTime() > GIVE_UP_MS;
    const handed: Handed =
      answered.state === 'deferred' && tooLong ? { ...answered, state: 'refused' } : answered;
    const pause = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts);
    await mails.noteAttempt({ letter, handed }, new Date(now() + pause));
  }
}

/** Keeps trying in the background until closed. */
export function keepRetrying(parts: DeferredParts): { close: () => Promise<void> } {
  let round: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    round = retryDeferred(parts)
      .catch((error) =>
        parts.log.throttled('deferred', 'trying a deferred mail failed', { error: messageOf(error) }),
      )
      .finally(() => {
        busy = false;
      });
  }, CHECK_EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await round;
    },
  };
}
