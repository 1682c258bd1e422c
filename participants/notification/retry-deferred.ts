/** Retries deferred mails, each time after a longer delay, for two days. */
import { backoffMs } from '#platform/batching/retry.ts';
import type { Logger } from '#platform/process/log.ts';
import { type Repetition, repeat } from '#platform/process/repeat.ts';
import type { MailStore } from './store.ts';
import type { Handed, MailTransport } from './transport.ts';

/** The delay before a deferred mail's first retry. */
export const FIRST_RETRY_MS = 60_000;
const CHECK_EVERY_MS = 15_000;
const RETRY = { firstMs: FIRST_RETRY_MS, maxMs: 3_600_000 };
const GIVE_UP_MS = 48 * 3_600_000;
const LEASE_MS = 10 * 60_000;
const AT_ONCE = 20;

export interface DeferredParts {
  readonly mails: MailStore;
  readonly transport: MailTransport;
  readonly log: Logger;
  readonly now: () => number;
}

/** Retries each due mail once. Stops at an outage: the rest is due again when its lease ends. */
export async function retryDeferred({ mails, transport, now }: DeferredParts): Promise<void> {
  for (const { letter, attempts, firstAt } of await mails.claimDeferred(
    new Date(now()),
    new Date(now() + LEASE_MS),
    AT_ONCE,
  )) {
    const answered = await transport.send(letter);
    const tooLong = now() - firstAt.getTime() > GIVE_UP_MS;
    const handed: Handed =
      answered.state === 'deferred' && tooLong ? { ...answered, state: 'refused' } : answered;
    await mails.noteAttempt({ letter, handed }, new Date(now() + backoffMs(attempts, RETRY)));
  }
}

/** Retries due mails in the background until it is closed. */
export function keepRetryingDeferred(parts: DeferredParts): Repetition {
  return repeat(() => retryDeferred(parts), {
    everyMs: CHECK_EVERY_MS,
    log: parts.log,
    failed: 'mail-retry-failed',
    restsFirst: true,
  });
}
