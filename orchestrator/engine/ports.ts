/** The engine's ports: store, publisher, consumer groups' positions. `store/` and `broker/` implement them. */
import type { PublishWatch } from '#platform/batching/publication.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import type { ChainedEntry } from './journal-chain.ts';
import type { ActionOutcome, Incoming, JournalEntry, SagaRow } from './saga.ts';
import type { SweepState } from './sweep-state.ts';

/** A saga's move in one transaction: its row before and after, and one entry a transition. */
export interface Move {
  readonly before: SagaRow;
  readonly after: SagaRow;
  readonly entries: readonly ChainedEntry[];
  /** The time of the sweeper's next check; null: none, the saga has ended. */
  readonly dueAt: Date | null;
}

/** A message that no saga was waiting for. */
export interface Unmatched {
  readonly incoming: Incoming;
  readonly reason: string;
}

/** The writes of one batch, in one transaction. */
export interface Writing {
  readonly moves: readonly Move[];
  readonly outcomes: readonly ActionOutcome[];
}

/** The journal entry of a message that was taken before. */
export type Recorded = Pick<JournalEntry, 'sagaId' | 'messageId' | 'origin' | 'out' | 'change'>;

export interface Store {
  readSagas(ids: readonly string[]): Promise<Map<string, SagaRow>>;
  readJournal(keys: ReadonlyArray<{ sagaId: string; messageId: string }>): Promise<Recorded[]>;
  /**
   * Writes moves where each row's version is still the one before; journal rows only for the rows that moved.
   * @returns the ids of the sagas that moved; another engine moved the others first: read and step them again
   */
  write(writing: Writing): Promise<Set<string>>;
  recordUnmatched(unmatched: readonly Unmatched[], now: Date): Promise<void>;
  /** The exact bytes of commands, by their ids, from the entries that issued them. */
  readCommands(
    commands: ReadonlyArray<{ sagaId: string; version: number; commandId: string }>,
  ): Promise<OutMessage[]>;
  /** The live engines whose build has a version of a definition. */
  enginesKnowing(definition: string, version: number, now: Date): Promise<string[]>;
  /** Raises an incident from outside the machine, unless one is open. */
  raiseIncident(sagaId: string, incident: ExternalIncident, now: Date): Promise<void>;
}

/** An incident from outside the machine: the engine parked a message of the saga, or no engine has its version. */
export interface ExternalIncident {
  readonly code: string;
  readonly text: string;
  /** As `Incident`; set by `externalIncident`. */
  readonly participant?: string;
  readonly fingerprint?: string;
  /**
   * The version the saga must still have; the write keeps it, so that an engine that can step the saga clears the
   * incident. null: any version; the write increments it, so that an engine that is stepping the saga at this moment
   * steps it again and keeps the incident.
   */
  readonly at: number | null;
}

export interface Outbox {
  /** Resolves when every message is acknowledged. */
  publish(messages: readonly OutMessage[], watch?: PublishWatch): Promise<void>;
}

/** The sweeper's outbox. */
export interface SweepOutbox extends Outbox {
  /** Whether a partition takes no message of this process. */
  isBlocked(topic: string, partition: number): boolean;
}

/** A saga that is due for a check. */
export interface Due {
  readonly row: SagaRow;
  readonly sweepState: SweepState;
  /** How often the sweeper has checked it. */
  readonly checks: number;
}

/** The result of a check: written only if the row has not moved since the claim. */
export interface Checked {
  readonly sagaId: string;
  readonly version: number;
  readonly sweepState: SweepState;
  readonly dueAt: Date;
}

/** An action that no engine has taken yet. */
export interface WaitingAction {
  readonly actionId: string;
  readonly sagaId: string;
  readonly message: OutMessage;
}

export interface SweepStore {
  /** Claims due sagas under a lease, which keeps other sweepers away. */
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<Due[]>;
  writeChecks(checks: readonly Checked[]): Promise<Set<string>>;
  /** Takes claims back that led to nothing because no broker answered: they are due again, and no lease has doubled. */
  release(
    claims: { readonly sagaIds: readonly string[]; readonly actionIds: readonly string[] },
    now: Date,
  ): Promise<void>;
  /** Actions waiting since before `before`; claimed until `leaseUntil`. */
  claimActions(now: Date, leaseUntil: Date, limit: number): Promise<WaitingAction[]>;
  readCommands: Store['readCommands'];
}

/** A place in the brokers' logs. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** The end of a partition's log. */
export interface LogEnd {
  /** The next record's offset. */
  readonly offset: number;
  /** Tells the log of a topic from that of one recreated under its name; null: the brokers do not tell. */
  readonly log: string | null;
}

export interface Positions {
  /** The ends of partitions. Key: `topic/partition`. */
  ends(places: readonly Place[]): Promise<Map<string, LogEnd>>;
  /** How far a group has read: the larger of its committed offset (none: 0) and the log's start. */
  read(group: string, places: readonly Place[]): Promise<Map<string, number>>;
}
