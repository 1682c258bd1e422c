/** The port to payment's tables: the intents to charge, and the undos and tombstones that wait for them. */
import type { GatewayName, Goal, Intent, IntentKey, NewIntent, Outcome, Refusal } from './intent.ts';
import type { Settled } from './undo-answer.ts';

/** An intent under a claim: what is written for it is refused once another worker holds it. */
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

/** An intent that an undo names, locked and as it stands now. */
export interface Wanted {
  readonly commandId: string;
  readonly outcome: Outcome;
  readonly undone: boolean;
}

/** What came of an intent; what is left out stays as it is. */
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

/** An intent that could not be brought further. */
export interface Postponed extends Held {
  /** The goal it was driven with: where another has come since, it is due at once. */
  readonly goal: Goal;
  readonly lastFailure: string;
  readonly dueAt: Date;
  /** No call was made: it does not count as tried. */
  readonly untried: boolean;
  /** The next call needs another idempotency key. */
  readonly newKey: boolean;
}

export interface PostponedRow extends IntentKey {
  readonly goal: Goal;
  readonly tries: number;
  readonly dueAt: Date;
  /** Its command is due to be given a notice; said once to whoever asks first. */
  readonly notice: boolean;
}

/** An undo or a void as it waits. */
export interface WaitingUndo extends IntentKey {
  readonly type: 'payment.refund' | 'payment.revoke';
  /** The command ids it names: `void` where the inbox told it, null where an intent tells. */
  readonly names: Readonly<Record<string, 'not-executed' | null>>;
  readonly traceparent: string | null;
}

/** What the handlers write down. */
interface HandlerVerbs {
  /** Writes intents; open ones are due at once. A row that is there already is left alone. */
  insertIntents(intents: readonly NewIntent[], now: Date): Promise<void>;
  /**
   * Raises the goal of intents and makes a worker look at once at what has work left. What no gateway was asked for is
   * undone here and now. An intent under a lease keeps it: its worker sees the new goal when it writes what came of it.
   * @returns those there are, by command id
   */
  wantIntents(
    keys: readonly IntentKey[],
    goal: Exclude<Goal, 'charge'>,
    now: Date,
  ): Promise<Map<string, Wanted>>;
  /** Writes undos that cannot be answered yet. */
  insertUndos(undos: readonly WaitingUndo[], now: Date): Promise<void>;
}

/** When a worker checks. Each is a transaction by itself. */
interface ClaimVerbs {
  /** Claims what is due, the longest waiting first. Any number of workers may claim at once. */
  claimIntents(claim: Claim): Promise<Intent[]>;
  /** Puts the end of leases off: for what has been under way for long. A claim that is lost stays lost. */
  renewLeases(held: readonly Held[], leaseEndsAt: Date): Promise<void>;
  /** Makes the open work of some sagas due now, back-off or not: their commands have come again. */
  wakeIntents(sagaIds: readonly string[], now: Date): Promise<void>;
  /** How many intents wait for their first try, counted up to `max`. */
  countUntried(gateway: GatewayName, max: number): Promise<number>;
}

/** What a worker writes: a batch each, and only under its leases. */
interface WorkerVerbs {
  /** Stores the gateway's ids of payments that were created. @returns the command ids whose claim still held */
  writeGatewayIds(items: ReadonlyArray<Held & { readonly gatewayId: string }>): Promise<Set<string>>;
  /** Writes outcomes. @returns those whose claim still held, with the goal they have by now */
  writeOutcomes(items: readonly Outcomes[], now: Date): Promise<Written[]>;
  /**
   * Lets go of intents whose replies are published: what has an undo to come is due at once, the rest never again.
   * @returns the command ids of those due at once
   */
  releaseIntents(items: readonly Held[], now: Date): Promise<Set<string>>;
  /** Puts intents off. @param noticeBefore a command told since then is not told again */
  postponeIntents(items: readonly Postponed[], now: Date, noticeBefore: Date): Promise<PostponedRow[]>;
  /** Locks the undos of some sagas that have no answer yet, in order. */
  lockWaitingUndos(sagaIds: readonly string[]): Promise<WaitingUndo[]>;
  /** The intents of some sagas as their undos see them, by command id. */
  readSettled(sagaIds: readonly string[]): Promise<Map<string, Settled>>;
  /** Marks undos as answered. */
  markAnswered(undos: readonly IntentKey[], now: Date): Promise<void>;
  /** The undos of some sagas that wait and are due to be given a notice. @param noticeBefore as when postponing */
  takeNotices(sagaIds: readonly string[], now: Date, noticeBefore: Date): Promise<IntentKey[]>;
}

export interface PaymentStore extends HandlerVerbs, ClaimVerbs, WorkerVerbs {}
