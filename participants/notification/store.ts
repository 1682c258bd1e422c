/** The port to the mails' rows: one an event, so that no event gets a second mail. */
import type { Letter } from './letter.ts';
import type { Handed } from './transport.ts';

/** A mail with the transport's answer. */
export interface Outcome {
  readonly letter: Letter;
  readonly handed: Handed;
}

/** A deferred mail that is due. */
export interface Deferred {
  readonly letter: Letter;
  /** Attempts so far. */
  readonly attempts: number;
  /** The time of the first attempt. */
  readonly firstAt: Date;
}

/** Each verb is a transaction by itself. */
export interface MailStore {
  /** The ones of some events that have a row. */
  knownMails(eventIds: readonly string[]): Promise<Set<string>>;
  /** Writes the outcomes of mails; an event that has a row keeps it. `nextTryAt` applies to the deferred ones. */
  insertMails(outcomes: readonly Outcome[], now: Date, nextTryAt: Date): Promise<void>;
  /** Claims due mails until the lease ends. */
  claimDeferred(now: Date, leaseUntil: Date, limit: number): Promise<Deferred[]>;
  /** Records another attempt at a deferred mail. */
  noteAttempt(outcome: Outcome, nextTryAt: Date): Promise<void>;
}
