/** What the engine needs of the world: a store, a publisher, the groups' positions, a clock. Adapters implement them. */
import type { OutMessage } from '#protocol/envelope.ts';
import type { ActionOutcome, Incoming, JournalEntry, SagaRow } from './saga.ts';
import type { SweepState } from './sweep-state.ts';

/** A saga's move in one transaction: its row before and after, and one entry a transition. */
export interface Move {
  readonly before: SagaRow;
  readonly after: SagaRow;
  readonly entries: readonly JournalEntry[];
  /** The earliest time someone must look; null: never, it has ended. */
  readonly dueAt: Date | null;
}

/** A message that held no correlation. */
export interface Unmatched {
  readonly incoming: Incoming;
  readonly reason: string;
}

/** One batch's writing: all in one transaction. */
export interface Writing {
  readonly moves: readonly Move[];
  readonly outcomes: readonly ActionOutcome[];
}

/** What the journal says of a message that was taken before. */
export type Recorded = Pick<JournalEntry, 'sagaId' | 'messageId' | 'origin' | 'out' | 'change'>;

export interface Store {
  readSagas(ids: readonly string[]): Promise<Map<string, SagaRow>>;
  readJournal(keys: ReadonlyArray<{ sagaId: string; messageId: string }>): Promise<Recorded[]>;
  /**
   * Writes moves where each row's version is still the one before; journal rows only for the rows that moved.
   * @returns the ids of the sagas that moved; the others were another's, and are to be read and stepped again
   */
  write(writing: Writing): Promise<Set<string>>;
  recordUnmatched(unmatched: readonly Unmatched[], now: Date): Promise<void>;
  /** The exact bytes of commands, by their ids, from the entries that issued them. */
  readCommands(
    commands: ReadonlyArray<{ sagaId: string; version: number; commandId: string }>,
  ): Promise<OutMessage[]>;
  /** The engines heard of lately that know a version of a definition. */
  enginesKnowing(definition: string, version: number, now: Date): Promise<string[]>;
  /** Marks a saga stuck from outside its machine, unless it is already. */
  markStuck(sagaId: string, mark: Incident, now: Date): Promise<void>;
}

/** Why a saga is marked from outside its machine: a message of it had to be parked, or no engine knows its version. */
export interface Incident {
  readonly code: string;
  readonly text: string;
  /**
   * The version the saga must still be at; it stays there, for where no engine knows the saga nobody steps it, and one
   * that does rightly clears the mark. null: any version, and it moves, so that whoever stepped the saga before the mark
   * steps it again and keeps it.
   */
  readonly at: number | null;
}

export interface Outbox {
  /** Resolves when every message is acknowledged. */
  publish(messages: readonly OutMessage[]): Promise<void>;
}

/** A saga someone must look at. */
export interface Due {
  readonly row: SagaRow;
  readonly sweepState: SweepState;
  /** How often it was looked at. */
  readonly checks: number;
}

/** What a look leaves: written only if the row has not moved since the claim. */
export interface Checked {
  readonly sagaId: string;
  readonly version: number;
  readonly sweepState: SweepState;
  readonly dueAt: Date;
}

/** An action nobody took yet. */
export interface WaitingAction {
  readonly sagaId: string;
  readonly message: OutMessage;
}

export interface SweepStore {
  /** Claims sagas that are due, under a lease: until then nobody else checks. */
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<Due[]>;
  writeChecks(checks: readonly Checked[]): Promise<Set<string>>;
  /** Actions waiting since before `before`; claimed until `leaseUntil`. */
  claimActions(now: Date, leaseUntil: Date, limit: number): Promise<WaitingAction[]>;
  readCommands: Store['readCommands'];
}

/** A place in the brokers' logs. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface Positions {
  /** The end offsets of partitions: the next record's offset. Key: `topic/partition`. */
  ends(places: readonly Place[]): Promise<Map<string, number>>;
  /** How far a group has read: the larger of its committed offset (none: 0) and the log's start. */
  read(group: string, places: readonly Place[]): Promise<Map<string, number>>;
}
