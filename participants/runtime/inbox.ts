/**
 * The inbox: one row a command id, which makes the command's effect happen once.
 *
 * A transaction decides its commands first and writes their rows last, with the replies. Of two transactions that race
 * for one row the loser waits, finds the row, rolls back and decides again. An undo writes tombstones for the commands
 * it names *first*, so a command that comes later is refused.
 */

export type InboxState = 'tombstone' | 'open' | 'answered';

/** The key of a command's row. */
export interface InboxKey {
  readonly sagaId: string;
  readonly commandId: string;
}

export interface InboxRow extends InboxKey {
  readonly state: InboxState;
  /** The reply's envelope, in the exact text that was sent; null unless answered. */
  readonly reply: string | null;
  /** When the row was made. A tombstone's refusals bear this time, so that each repeat is the same text. */
  readonly createdAt: Date;
}

/** A command that an undo names. */
export interface NamedCommand extends InboxKey {
  readonly type: string;
}

/** A command that a transaction decided. */
export interface DecidedCommand extends NamedCommand {
  /** The reply's envelope; null while the command stays open. */
  readonly reply: string | null;
}

/** The reply to an open command. */
export interface LateReply extends InboxKey {
  readonly reply: string;
}

/** A reply ready to publish: its type names the topic, its text is the recorded one. */
export interface Reply {
  readonly sagaId: string;
  readonly type: string;
  readonly text: string;
}

/** The inbox in an open transaction. */
export interface Inbox {
  /** Reads the rows of commands, by command id. */
  read(keys: readonly InboxKey[]): Promise<Map<string, InboxRow>>;
  /** Reads the recorded replies of sagas, oldest first; a crash may have kept some from being published. */
  readReplies(sagaIds: readonly string[]): Promise<Reply[]>;
  /** Writes tombstones for commands that have no row. */
  insertTombstones(named: readonly NamedCommand[], now: Date): Promise<void>;
  /**
   * Writes the rows of the commands that this transaction decided.
   * @throws InboxRace when one of them has a row by now
   */
  insertDecided(decided: readonly DecidedCommand[], now: Date): Promise<void>;
  /**
   * Records the replies to open commands; a command keeps its first reply.
   * @returns the ids of the commands whose reply this call recorded
   */
  answerOpen(replies: readonly LateReply[], now: Date): Promise<Set<string>>;
}

/** Another transaction decided one of these commands meanwhile: roll back and decide again. */
export class InboxRace extends Error {
  constructor(missing: number) {
    super(`${missing} command(s) were decided by another transaction`);
    this.name = 'InboxRace';
  }
}
