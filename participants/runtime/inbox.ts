/**
 * The inbox: one row a command id, for as long as the effect it guards lives. It makes effects happen once.
 *
 * A command is decided first and its row written last, with the reply, in the same transaction: where two race for one
 * row the loser waits, finds it taken, and its whole transaction is rolled back and decided again. An undo writes void
 * rows for the commands it names *first*, so a command that comes later finds itself forbidden.
 */
import type { Reply } from './decide-once.ts';

export type InboxState = 'tombstone' | 'open' | 'answered';

/** What names a command's row. */
export interface InboxKey {
  readonly sagaId: string;
  readonly commandId: string;
}

export interface InboxRow extends InboxKey {
  readonly state: InboxState;
  /** The reply's envelope, the exact text that was sent; null unless answered. */
  readonly reply: string | null;
  /** When the row was made: of a void, the time its refusals bear, so that they too are the same for ever. */
  readonly createdAt: Date;
}

/** A command that an undo names. */
export interface Named extends InboxKey {
  readonly type: string;
}

/** A command's row as a transaction leaves it. */
export interface Taken extends Named {
  /** The reply's envelope; null: open, answered later. */
  readonly reply: string | null;
}

/** A reply given later. */
export interface Answer extends InboxKey {
  readonly reply: string;
}

/** The inbox as an open transaction sees it. */
export interface Inbox {
  /** The rows of some commands, by command id. */
  read(keys: readonly InboxKey[]): Promise<Map<string, InboxRow>>;
  /** The recorded replies of some sagas, in the order they were given: for those that were perhaps never published. */
  readReplies(sagaIds: readonly string[]): Promise<Reply[]>;
  /** Writes void rows for commands that have none. */
  insertTombstones(named: readonly Named[], now: Date): Promise<void>;
  /**
   * Writes the rows of the commands a transaction decided.
   * @throws InboxRace when one of them has a row by now
   */
  insertTaken(taken: readonly Taken[], now: Date): Promise<void>;
  /**
   * Records the replies of open commands; what was answered meanwhile keeps its first answer.
   * @returns the ids of the commands whose reply this call recorded
   */
  answerOpen(answers: readonly Answer[], now: Date): Promise<Set<string>>;
}

/** Another transaction took one of these commands meanwhile: roll back and decide again. */
export class InboxRace extends Error {
  constructor(missing: number) {
    super(`${missing} command(s) were taken by another transaction`);
    this.name = 'InboxRace';
  }
}
