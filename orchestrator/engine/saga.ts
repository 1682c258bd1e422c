/** The saga as data: its row, what it waits for, its journal entries. Everything here is plain and serializable. */

import type { Finding } from '#protocol/contract.ts';
import type { Envelope, Origin } from '#protocol/envelope.ts';

export type Status = 'running' | 'compensating' | 'completed' | 'failed';

/** A command that awaits its reply. */
export interface Awaited {
  readonly type: string;
  readonly kind: 'forward' | 'undo' | 'revoke';
  /** ms since 1970. */
  readonly issuedAt: number;
  /** The journal version whose `out` holds its exact bytes. */
  readonly version: number;
  /** Of an undo: the command ids it names. */
  readonly undoes?: readonly string[];
  /** Of an undo: it stands beside the state (a late success, an undo that no longer held). The machine gets no reply. */
  readonly late?: true;
  /** Its participant has acted and waits for a third party: the step's clocks stand until the reply. */
  readonly pending?: true;
  /** Of a revoke: the operator's action that takes effect on its answer. */
  readonly deferred?: DeferredAction;
}

/** A skip or an edit that waits until no participant can execute the outstanding command any more. */
export interface DeferredAction {
  readonly actionId: string;
  /** The command it replaces. */
  readonly target: string;
  /** Of a skip: the data of the success it stands for, and what proves it. */
  readonly skip?: { readonly result: Readonly<Record<string, unknown>>; readonly evidence: string };
  /** Of an edit: what the command is issued again with. */
  readonly edit?: Edit;
  /** The hash of the plan by which it was begun. */
  readonly planHash?: string;
}

/** Fields of a saga's input and context that a person corrected. */
export interface Edit {
  readonly input?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * An undo that is not done: its participant refused it, or it no longer holds, or it names a skipped command. `retry`
 * issues it again under the next counter; `skip` counts it as done, on evidence.
 */
export type RefusedUndo = Pick<Awaited, 'type' | 'late'> & {
  readonly undoes: readonly string[];
  /** It names a command that a person skipped: these are the participant's findings, and the rest needs evidence. */
  readonly found?: Readonly<Record<string, Finding>>;
};

/** A command that was given up before it was answered. */
export interface GivenUp {
  readonly type: string;
  /** The undo naming it that is awaited. */
  readonly undoneBy?: string;
  /** An undo's finding. */
  readonly found?: Finding;
  /** A pause held it when an operator skipped it: no participant has received it. */
  readonly unsent?: true;
}

/** A timer as data: its message names the generation, so the engine ignores a stale one. */
export interface Timer {
  readonly generation: number;
  /** Due not before, ms since 1970. The clock starts anew when the awaited command is read. */
  readonly at: number;
  readonly delayMs: number;
}

/** A brake that pauses a saga. */
export interface Braked {
  /** The brake's id. */
  readonly id: string;
  /** The type of the command. */
  readonly command: string;
}

/** What a saga waits for, and what it needs to judge late messages. */
export interface Pending {
  readonly awaiting: Readonly<Record<string, Awaited>>;
  readonly givenUp: Readonly<Record<string, GivenUp>>;
  readonly timers: Readonly<Record<string, Timer>>;
  /** How many commands of each type were issued: the next one's counter. */
  readonly issued: Readonly<Record<string, number>>;
  /** By command id. */
  readonly refusedUndos: Readonly<Record<string, RefusedUndo>>;
  /** How often a timer was armed. */
  readonly generations: number;
  /** While paused: the held messages, in order. */
  readonly held?: readonly Sent[];
  /** While paused: since when, ms. */
  readonly pausedAt?: number;
  /** While a brake pauses it: the brake, and the command that it holds. */
  readonly brake?: Braked;
  /** Spans in which the clocks stood still: a pause from `from` on, `ms` long. The last few. */
  readonly stood?: ReadonlyArray<{ readonly from: number; readonly ms: number }>;
  /** A retry restarted the step's clock here, ms since 1970. */
  readonly clockFrom?: number;
  /** Timers of this state that fired and held it, with their delays: a retry arms them again. */
  readonly spent?: Readonly<Record<string, number>>;
  /** Fields of the input that an operator corrected; `input` itself never changes. */
  readonly edited?: Readonly<Record<string, unknown>>;
  /** Commands a person skipped, with the evidence. */
  readonly skipped?: Readonly<Record<string, string>>;
}

export const NOTHING_PENDING: Pending = {
  awaiting: {},
  givenUp: {},
  timers: {},
  issued: {},
  refusedUndos: {},
  generations: 0,
};

/** Why a saga needs an operator. No state: a state would replace the one the saga is in. */
export interface Incident {
  readonly since: string;
  readonly code: string;
  readonly text?: string;
  /** Whose failure it is, and the group of failures like it. Incidents of earlier builds have neither. */
  readonly participant?: string;
  readonly fingerprint?: string;
  /**
   * A participant raised it about this command. It stays open while the saga moves, until an operator gives evidence, or
   * the undo that it is about is done.
   */
  readonly about?: string;
}

/** A participant's last notice of a failure that delays its reply. */
export interface Failure {
  readonly at: string;
  readonly commandId: string;
  readonly code: string;
  readonly text: string;
  /** As an incident's. */
  readonly participant?: string;
  readonly fingerprint?: string;
}

/** The row of a saga, as the engine sees it. */
export interface SagaRow {
  readonly id: string;
  readonly definition: string;
  readonly definitionVersion: number;
  readonly partition: number;
  readonly customerId: string;
  readonly input: unknown;
  readonly createdAt: Date;
  /** The fence: one more with each transition. */
  readonly version: number;
  /** The version of the last transition that changed state, context or definition; actions name it. */
  readonly revision: number;
  /** Dotted path of the machine's state: `compensating.refundingPayment`. */
  readonly state: string;
  readonly status: Status;
  readonly context: Readonly<Record<string, unknown>>;
  readonly pending: Pending;
  readonly stuck: Incident | null;
  readonly lastFailure: Failure | null;
  readonly paused: boolean;
  readonly stateSince: Date;
  readonly endedAt: Date | null;
  /** Of a saga whose caller brought a trace, or whose spans are recorded; no transition changes it. */
  readonly traceparent?: string;
  /** The hash of the newest chained entry of its journal, in hex; absent before the first (`journal-chain.ts`). */
  readonly journalHash?: string;
  /** Random; a part of its entries' digests, which an erasure replaces. Absent: it is older than the chain, and is not chained. */
  readonly journalSalt?: string;
}

/** An envelope with the place it was read from. */
export interface Incoming {
  readonly envelope: Envelope;
  readonly origin: Origin;
  /** Of an action that starts its saga: the messages of that start, a part of its plan. */
  readonly started?: readonly Sent[];
}

/** A message a transition sends: kept in the journal as it is. */
export interface Sent {
  readonly topic: string;
  readonly event: Envelope;
}

/** One transition: history, deduplication key and outbox in one row. */
export interface JournalEntry {
  readonly sagaId: string;
  readonly messageId: string;
  /** The saga's version after it. */
  readonly version: number;
  readonly at: Date;
  readonly type: string;
  readonly fromState: string;
  readonly toState: string;
  readonly message: Envelope;
  readonly change: Change;
  readonly out: readonly Sent[];
  readonly origin: Origin;
}

/** The changes of a transition, for the history and for what-if. */
export interface Change {
  readonly context?: Readonly<Record<string, unknown>>;
  readonly stuck?: Incident | null;
  readonly lastFailure?: Failure;
  /** Commands sent again under their own id; their bytes are in the entries that issued them. */
  readonly resent?: readonly string[];
  /** Commands given up; a late success is still undone. */
  readonly gaveUp?: readonly string[];
  readonly paused?: boolean;
  /** It came to a command that a brake holds, and is paused by it. */
  readonly braked?: Braked;
  /** Messages held back because the saga is paused. */
  readonly held?: readonly string[];
  /** A command that a person skipped, and the evidence. */
  readonly skipped?: { readonly commandId: string; readonly evidence: string };
  /** Fields that a person corrected, by name: `input.payment`. */
  readonly edited?: readonly string[];
  /** A person moved it to a newer version of its definition. */
  readonly migrated?: { readonly from: number; readonly to: number };
}

/** The saga's input as its commands see it: with the fields an operator corrected. */
export function inputOf({ input, pending }: Pick<SagaRow, 'input' | 'pending'>): unknown {
  return pending.edited === undefined ? input : { ...(input as object), ...pending.edited };
}

/** The outcome of an operator's action. */
export interface ActionOutcome {
  readonly actionId: string;
  readonly sagaId: string;
  readonly state: 'applied' | 'refused';
  readonly detail: string;
  readonly at: Date;
  /** Of an applied one: the hash of the plan that was carried out. */
  readonly planHash?: string;
}
