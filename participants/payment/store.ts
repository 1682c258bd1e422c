/** The port to payment's tables: the intents to charge, and the undos and tombstones that wait for them. */
import type { GatewayName, Goal, Intent, IntentKey, NewIntent, Outcome, Refusal } from './intent.ts';
import type { PaceState } from './pacing/reservations.ts';
import type { Change, Listed, NewIncident, SeenMoney } from './reversal.ts';
import type { Settled } from './undo-answer.ts';

/** An intent under a claim: the store refuses its writes once another worker has claimed it. */
export interface Held extends IntentKey {
  readonly lease: string;
}

export interface Claim {
  readonly gateway: GatewayName;
  /** A UUID of this claim alone. */
  readonly lease: string;
  readonly max: number;
  readonly now: Date;
  readonly leaseEndsAt: Date;
}

/** An intent that an undo names, locked. */
export interface NamedIntent {
  readonly commandId: string;
  readonly outcome: Outcome;
  readonly undone: boolean;
}

/** The columns to set on an intent; the others stay. */
export interface Outcomes extends Held {
  readonly outcome?: Exclude<Outcome, 'open'>;
  readonly declineCode?: string;
  readonly undone?: true;
  readonly refundId?: string;
  /** The next refund needs another idempotency key. */
  readonly refundRefusal?: Refusal;
}

export interface Written extends IntentKey {
  readonly goal: Goal;
  readonly gatewayId: string | null;
}

/** An intent to retry later. */
export interface Postponed extends Held {
  /** The goal of the attempt: where an undo has raised it since, the intent is due at once. */
  readonly goal: Goal;
  readonly lastFailure: string;
  /** The refund under way, where there is a new one. */
  readonly refundId?: string | null;
  readonly dueAt: Date;
  /** No call was made: the attempt does not count. */
  readonly untried: boolean;
  /** The next call needs another idempotency key. */
  readonly newKey: boolean;
}

export interface PostponedRow extends IntentKey {
  readonly goal: Goal;
  readonly tries: number;
  readonly dueAt: Date;
  readonly traceparent: string | null;
  /** Whether a notice about its command is due; true for the first caller alone. */
  readonly notice: boolean;
}

/** A refund or a revoke that waits for its intents. */
export interface WaitingUndo extends IntentKey {
  readonly type: 'payment.refund' | 'payment.revoke';
  /** The command ids it names: `not-executed` by the inbox, or null where the intent decides. */
  readonly names: Readonly<Record<string, 'not-executed' | null>>;
  readonly traceparent: string | null;
}

/** An incident to publish, with the trace of the command it is about. */
export type UnpublishedIncident = NewIncident & { readonly traceparent: string | null };

/** The pace of a gateway's account, with the time by the store's own clock, ms since 1970. */
export interface LockedPace {
  readonly state: PaceState;
  readonly nowMs: number;
}

/** The verbs of the pace, which payment's processes share. Both in one transaction. */
interface PaceVerbs {
  /** Reads the pace; no other process reads it until the transaction ends. */
  lockPace(gateway: GatewayName): Promise<LockedPace>;
  writePace(gateway: GatewayName, state: PaceState): Promise<void>;
}

interface HandlerVerbs {
  /** Inserts intents; open ones are due at once. An existing row stays as it is. */
  insertIntents(intents: readonly NewIntent[], now: Date): Promise<void>;
  /**
   * Raises the goal of intents and makes those with work left due at once. Undoes the ones without a gateway itself. An
   * intent under a lease keeps it: its worker finds the new goal when it writes the outcome.
   * @returns the intents that exist, by command id
   */
  raiseGoals(
    keys: readonly IntentKey[],
    goal: Exclude<Goal, 'charge'>,
    now: Date,
  ): Promise<Map<string, NamedIntent>>;
  /** Inserts undos that wait for their intents. */
  insertUndos(undos: readonly WaitingUndo[], now: Date): Promise<void>;
}

/** The verbs of claiming. Each is a transaction by itself. */
interface ClaimVerbs {
  /** Claims due intents, oldest first. Any number of workers may claim at once. */
  claimIntents(claim: Claim): Promise<Intent[]>;
  /** Extends leases; a lost claim stays lost. */
  renewLeases(held: readonly Held[], leaseEndsAt: Date): Promise<void>;
  /** Makes the open intents of sagas due now, despite a back-off: their commands have come again. */
  wakeIntents(sagaIds: readonly string[], now: Date): Promise<void>;
  /** Counts the intents without a first attempt, up to `max`. */
  countUntried(gateway: GatewayName, max: number): Promise<number>;
}

/** The writes of a worker: each a batch, under its leases alone. */
interface WorkerVerbs {
  /** Stores the gateway's ids of created payments. @returns the command ids whose claim still held */
  writeGatewayIds(items: ReadonlyArray<Held & { readonly gatewayId: string }>): Promise<Set<string>>;
  /** Writes outcomes. @returns the intents whose claim still held, with their current goal */
  writeOutcomes(items: readonly Outcomes[], now: Date): Promise<Written[]>;
  /**
   * Releases intents whose replies are published: the ones with a pending undo are due at once, the others never again.
   * @returns the command ids due at once
   */
  releaseIntents(items: readonly Held[], now: Date): Promise<Set<string>>;
  /** Postpones intents. @param noticeBefore a command with a later notice gets none */
  postponeIntents(items: readonly Postponed[], now: Date, noticeBefore: Date): Promise<PostponedRow[]>;
  /** Locks the unanswered undos of sagas, in order. */
  lockWaitingUndos(sagaIds: readonly string[]): Promise<WaitingUndo[]>;
  /** Reads the intents of sagas as undos need them, by command id. */
  readSettled(sagaIds: readonly string[]): Promise<Map<string, Settled>>;
  /** Records that the worker has answered these undos. */
  recordAnswered(undos: readonly IntentKey[], now: Date): Promise<void>;
  /** Takes the due notices of waiting undos. @param noticeBefore as for `postponeIntents` */
  takeNotices(
    sagaIds: readonly string[],
    now: Date,
    noticeBefore: Date,
  ): Promise<Array<Pick<WaitingUndo, 'sagaId' | 'commandId' | 'traceparent'>>>;
}

/** A charge with what its ledger need, locked. */
export interface LockedCharge {
  readonly gatewayId: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly outcome: Outcome;
  readonly goal: Goal;
  readonly undone: boolean;
}

/** The ledger of the money that went back, and what an operator must see of it. */
export interface ReversalVerbs {
  /** Writes what the gateway answered, unless a later answer is known. @returns what is new or has another state */
  writeReversals(seen: readonly SeenMoney[]): Promise<Change[]>;
  /** What is settled of the reversals of each charge, by its command, as the latest answers have it. */
  settledOf(charges: readonly IntentKey[]): Promise<ReadonlyMap<string, number>>;
  /** The entries of a list that the ledger lack, or have otherwise: a reversal's state, a charge that is not `charged`. */
  differing(listed: readonly Listed[]): Promise<Listed[]>;
  /** Locks a charge; null where there is none. */
  lockCharge(key: IntentKey): Promise<LockedCharge | null>;
  /**
   * A refund that was recorded as done is not: the charge is owed again, and the next refund takes another key.
   * @returns the command that was answered; null: none was
   */
  reopenRefund(key: IntentKey, refusal: { code: string; text: string }): Promise<string | null>;
  /** Inserts incidents to publish; the same cause again changes nothing. */
  insertIncidents(incidents: readonly NewIncident[], now: Date): Promise<void>;
  readUnpublished(max: number): Promise<UnpublishedIncident[]>;
  recordPublished(incidents: readonly NewIncident[], now: Date): Promise<void>;
  /** Up to when a list of the gateway was compared; null: never. */
  readCheckpoint(name: string): Promise<Date | null>;
  /** Raises a checkpoint; it never falls. */
  writeCheckpoint(name: string, comparedTo: Date): Promise<void>;
}

export interface PaymentStore extends HandlerVerbs, ClaimVerbs, WorkerVerbs, ReversalVerbs, PaceVerbs {}
