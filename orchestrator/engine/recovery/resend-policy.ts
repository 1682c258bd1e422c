/** When to send an unanswered message again: never before its reader has read past it. */
import { LEAVE_AFTER_MS } from '#platform/batching/publication.ts';
import { backoffMs } from '#platform/batching/retry.ts';
import type { LogEnd } from '../ports.ts';
import type { SentState, SweepState } from '../sweep-state.ts';

/** The delay before an unanswered command is resent: the engine's automatic retry. */
export const RESEND_BACKOFF = { firstMs: 10_000, maxMs: 300_000, jitter: 0.1 };
const KEPT_RESENDS = 20;
/** Messages are published after their transaction: an end offset taken in between could precede the message. */
export const PUBLISHED_WITHIN_MS = 2_000;

/** The state of the partition that a message was sent to. */
export interface LogState {
  readonly end: LogEnd;
  /** How far its reader has read. */
  readonly read: number;
}

/**
 * Whether a log is not the one of a recorded end, or has lost its end: no message up to there is in it any more. A record
 * without a log is older than the records of logs.
 */
export function isReplaced(recorded: { offset: number; log: string | undefined }, end: LogEnd): boolean {
  const isOther = recorded.log !== undefined && end.log !== null && recorded.log !== end.log;
  return isOther || end.offset < recorded.offset;
}

/** Updates a sent message's state from the offsets, and decides whether to resend it. */
export function checkSent(
  known: SentState | undefined,
  sentAt: number,
  { end, read }: LogState,
  nowMs: number,
  random: () => number,
): { sweepState: SentState; resend: boolean } {
  const recorded = known ?? {
    endOffset: null,
    readAt: null,
    unread: true,
    nextAt: null,
    resentAt: [],
    attempts: 0,
  };
  const isGone =
    recorded.endOffset !== null && isReplaced({ offset: recorded.endOffset, log: recorded.log }, end);
  const sweepState = {
    ...(isGone ? { ...recorded, endOffset: null } : recorded),
    ...(end.log !== null && { log: end.log }),
  };
  const lastSentAt = sweepState.resentAt.at(-1) ?? sentAt;
  if (sweepState.endOffset === null && nowMs < lastSentAt + PUBLISHED_WITHIN_MS)
    return { sweepState, resend: false };
  const endOffset = sweepState.endOffset ?? end.offset;
  if (sweepState.unread) {
    if (read < endOffset) return { sweepState: { ...sweepState, endOffset }, resend: false };
    const nextAt = nowMs + backoffMs(sweepState.attempts, RESEND_BACKOFF, random);
    return {
      sweepState: { ...sweepState, endOffset, unread: false, readAt: sweepState.readAt ?? nowMs, nextAt },
      resend: false,
    };
  }
  return { sweepState, resend: sweepState.nextAt !== null && nowMs >= sweepState.nextAt };
}

/** A resend that is not acknowledged by then was left: see `publishWithin`. */
const CONFIRMED_WITHIN_MS = LEAVE_AFTER_MS + 1_000;

/**
 * The same for a command. Its engine may wait for a partition that takes nothing, and no other process knows that: the command
 * then seems to be read, since there is nothing to read. So only a resend that the brokers acknowledged proves that it is in
 * the log. One that they did not acknowledge takes the step's clock back, whichever process sent it.
 */
export function checkCommand(
  known: SentState | undefined,
  sentAt: number,
  log: LogState,
  nowMs: number,
  random: () => number,
): { sweepState: SentState; resend: boolean } {
  const isOpen = known !== undefined && known.attempts > 0 && !known.confirmed && !known.proven;
  if (isOpen) {
    const isLeft = nowMs >= (known.resentAt.at(-1) ?? sentAt) + CONFIRMED_WITHIN_MS;
    // It counts for no attempt: the delays of later ones must not grow with an outage of the brokers.
    const again = { ...known, readAt: null, attempts: known.attempts - 1 };
    return { sweepState: isLeft ? again : known, resend: isLeft };
  }
  const checked = checkSent(known, sentAt, log, nowMs, random);
  const { sweepState } = checked;
  const isProven = sweepState.attempts > 0 && sweepState.confirmed === true && !sweepState.unread;
  return isProven ? { ...checked, sweepState: { ...sweepState, proven: true } } : checked;
}

/** A pending command is sent again at most so often: its participant keeps it, and checks with a third party each time. */
const PENDING_RESEND_MS = 3_600_000;

/** Postpones the resend of a pending command. */
export function slowly(
  { sweepState, resend }: { sweepState: SentState; resend: boolean },
  sentAt: number,
  nowMs: number,
): { sweepState: SentState; resend: boolean } {
  const nextAt = (sweepState.resentAt.at(-1) ?? sentAt) + PENDING_RESEND_MS;
  if (sweepState.nextAt === null || nowMs >= nextAt) return { sweepState, resend };
  return { sweepState: { ...sweepState, nextAt }, resend: false };
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
    confirmed: false,
  };
}

/** Notes the resends that the brokers have acknowledged, by command id. */
export function withConfirmed(sweepState: SweepState, acknowledged: ReadonlySet<string>): SweepState {
  const sent = Object.entries(sweepState.sent ?? {}).map(
    ([id, state]) => [id, acknowledged.has(id) ? { ...state, confirmed: true } : state] as const,
  );
  return { ...sweepState, sent: Object.fromEntries(sent) };
}
