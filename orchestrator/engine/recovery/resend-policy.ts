/** When to send an unanswered message again: never before its reader has read past it. */
import type { SentState } from '../sweep-state.ts';

const FIRST_RESEND_MS = 10_000;
export const LONGEST_RESEND_MS = 300_000;
const KEPT_RESENDS = 20;
/** Messages are published after their transaction: an end offset taken in between could precede the message. */
export const PUBLISHED_WITHIN_MS = 2_000;

/** Updates a sent message's state from the offsets, and decides whether to resend it. */
export function checkSent(
  known: SentState | undefined,
  sentAt: number,
  end: number,
  read: number,
  nowMs: number,
  random: () => number,
): { sweepState: SentState; resend: boolean } {
  const sweepState = known ?? {
    endOffset: null,
    readAt: null,
    unread: true,
    nextAt: null,
    resentAt: [],
    attempts: 0,
  };
  const lastSentAt = sweepState.resentAt.at(-1) ?? sentAt;
  if (sweepState.endOffset === null && nowMs < lastSentAt + PUBLISHED_WITHIN_MS)
    return { sweepState, resend: false };
  const endOffset = sweepState.endOffset ?? end;
  if (sweepState.unread) {
    if (read < endOffset) return { sweepState: { ...sweepState, endOffset }, resend: false };
    const nextAt = nowMs + grow(FIRST_RESEND_MS, LONGEST_RESEND_MS, sweepState.attempts, random);
    return {
      sweepState: { ...sweepState, endOffset, unread: false, readAt: sweepState.readAt ?? nowMs, nextAt },
      resend: false,
    };
  }
  return { sweepState, resend: sweepState.nextAt !== null && nowMs >= sweepState.nextAt };
}

/** What is known of a message once it has been sent again. */
export function resent(sweepState: SentState, nowMs: number): SentState {
  return {
    ...sweepState,
    endOffset: null,
    unread: true,
    nextAt: null,
    attempts: sweepState.attempts + 1,
    resentAt: [...sweepState.resentAt, nowMs].slice(-KEPT_RESENDS),
  };
}

/** A delay that doubles, up to a cap, with a fifth of jitter. */
export function grow(first: number, longest: number, times: number, random: () => number): number {
  const base = Math.min(longest, first * 2 ** Math.min(times, 20));
  return Math.round(base * (0.9 + 0.2 * random()));
}
