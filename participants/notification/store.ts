/** The port to the mails of the past: what was sent is not sent again; what was put off is tried again. */
import type { Letter } from './letter.ts';
import type { Handed } from './transport.ts';

/** A mail that was handed over, or was not taken. */
export interface Outcome {
  readonly letter: Letter;
  readonly handed: Handed;
}

/** A mail that was put off and is due. */
export interface Deferred {
  readonly letter: Letter;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was first tried. */
  readonly firstAt: Date;
}

/** Each verb is a transaction by itself. */
export interface MailStore {
  /** Which of some events have a row. */
  knownMails(eventIds: readonly string[]): Promise<Set<string>>;
  /** Writes what came of some mails; an event that has a row keeps it. `nextTryAt` is for those put off. */
  insertMails(outcomes: readonly Outcome[], now: Date, nextTryAt: Date): Promise<void>;
  /** Takes mails that are due, for as long as the lease: nobody else takes them until it ends. */
  claimDeferred(now: Date, leaseUntil: Date, limit: number): Promise<Deferred[]>;
  /** Notes another attempt at a mail that was put off. */
  noteAttempt(outcome: Outcome, nextTryAt: Date): Promise<void>;
}
