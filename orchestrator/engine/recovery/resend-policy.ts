/** Sent is not read: what one look tells of a message that was sent, and when it is sent again. */
import type { SentWatch } from '../sweep-state.ts';

const FIRST_RESEND_MS = 10_000;
export const LONGEST_RESEND_MS = 300_000;
const KEPT_RESENDS = 20;
/** What is sent is published after its transaction: a mark taken in between would stand before the message itself. */
export const PUBLISHED_WITHIN_MS = 2_000;

/** Brings what is known of a sent message up to date, and says whether it is time to send it again. */
export function lookAtSent(
  known: SentWatch | undefined,
  sentAt: number,
  end: number,
  read: number,
  nowMs: number,
  random: () => number,
): { watch: SentWatch; resend: boolean } {
  const watch = known ?? { mark: null, readAt: null, pending: true, nextAt: null, resentAt: [], attempts: 0 };
  const lastSentAt = watch.resentAt.at(-1) ?? sentAt;
  if (watch.mark === null && nowMs < lastSentAt + PUBLISHED_WITHIN_MS) return { watch, resend: false };
  const mark = watch.mark ?? end;
  if (watch.pending) {
    if (read < mark) return { watch: { ...watch, mark }, resend: false };
    const nextAt = nowMs + grow(FIRST_RESEND_MS, LONGEST_RESEND_MS, watch.attempts, random);
    return {
      watch: { ...watch, mark, pending: false, readAt: watch.readAt ?? nowMs, nextAt },
      resend: false,
    };
  }
  return { watch, resend: watch.nextAt !== null && nowMs >= watch.nextAt };
}

/** What is known of a message once it has been sent again. */
export function sentAgain(watch: SentWatch, nowMs: number): SentWatch {
  return {
    ...watch,
    mark: null,
    pending: true,
    nextAt: null,
    attempts: watch.attempts + 1,
    resentAt: [...watch.resentAt, nowMs].slice(-KEPT_RESENDS),
  };
}

/** A delay that doubles, up to a cap, with a fifth of jitter. */
export function grow(first: number, longest: number, times: number, random: () => number): number {
  const base = Math.min(longest, first * 2 ** Math.min(times, 20));
  return Math.round(base * (0.9 + 0.2 * random()));
}
