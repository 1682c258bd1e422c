/** A batch as rows: its fixed targets, its lease, its outcomes; and the port of its store. */

import type { BatchActPlan, BatchState, BatchVerb } from './batch-act-plan.ts';

/** The states whose batches are counted. */
export const BATCH_STATES_COUNTED = ['running', 'stopped'] as const satisfies readonly BatchState[];
export interface BatchRow {
  readonly id: string;
  /** Names the kind that acts on its targets. */
  readonly kind: string;
  readonly state: BatchState;
  /** What its kind needs beside the targets. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly planHash: string;
  readonly total: number;
  readonly perSecond: number;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  /** Waves begin small again after this lease, see `Lease.fence`. */
  readonly rampFrom: number;
  /** Why it stopped itself, the last time. */
  readonly stopped: StopReason | null;
}

/** Why a batch stopped itself. */
export interface StopReason {
  /** The wave that decided it: from 1 on, since the batch began or was resumed. */
  readonly wave: number;
  /** So many of its targets failed again, of so many. */
  readonly failed: number;
  readonly of: number;
  /** The most frequent of their failures. */
  readonly fingerprint: string | null;
  /** A target that failed so. */
  readonly example: string;
  /** For a person. */
  readonly text: string;
  /** ms since 1970. */
  readonly at: number;
}

/** Who acts on a batch, why, and under which plan. */
export interface BatchActor {
  /** Of the audit's entry. */
  readonly id: string;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  /** null: as the batch stands. */
  readonly planHash: string | null;
}

/** What became of a person's verb: the batch, or why nothing was done. */
export type ChangedBatch =
  | { readonly batch: BatchRow }
  | { readonly impossible: string }
  | { readonly changed: BatchActPlan };

/** A batch to create. Its id is that of the audit's entry too. */
export type BatchDraft = Omit<
  BatchRow,
  'state' | 'total' | 'createdAt' | 'endedAt' | 'rampFrom' | 'stopped'
> & {
  readonly idempotencyKey: string | null;
};

/** A target with what the plan saw of it: it is acted on only while that is still so. */
export interface BatchTarget {
  readonly target: string;
  readonly seen: Readonly<Record<string, unknown>>;
}

/** A target of a batch, in the order of the plan. */
export interface BatchItem extends BatchTarget {
  readonly number: number;
  /** watched: it was acted on, and its outcome is not final. */
  readonly state: 'waiting' | 'watched' | 'ended';
  /** A word of the batch's kind; `cancelled`: nothing was done. */
  readonly outcome: string | null;
  /** For a person. */
  readonly detail: string | null;
  readonly actedAt: Date | null;
  /** Of the failure that it ended with. */
  readonly fingerprint: string | null;
}

/** What became of an item. */
export interface ItemOutcome {
  readonly number: number;
  readonly state: 'watched' | 'ended';
  readonly outcome: string;
  readonly detail: string | null;
  readonly fingerprint?: string;
}

/** What became of the targets of a wave so far, by outcome and failure. */
export interface WaveCount {
  /** The lease under which they were acted on. */
  readonly wave: number;
  readonly state: 'watched' | 'ended';
  readonly outcome: string;
  readonly fingerprint: string | null;
  readonly items: number;
  /** One of them. */
  readonly example: string;
}

export interface BatchProgress {
  readonly waiting: number;
  readonly watched: number;
  /** Of the ended items. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** A batch with the number of its lease: whoever takes the next one makes this one worthless. */
export interface Lease extends BatchRow {
  readonly fence: number;
}

export interface BatchItemQuery {
  readonly state: BatchItem['state'] | null;
  readonly outcome: string | null;
  /** Only items with higher numbers. */
  readonly after: number;
}

export interface BatchStore {
  /**
   * Creates a batch with an entry of the audit. Under a key, or an id, that was used for the same before: the batch of that time;
   * `mismatch`: the key was used for something else.
   */
  create(
    draft: BatchDraft,
    targets: readonly BatchTarget[],
    now: () => number,
  ): Promise<BatchRow | 'mismatch'>;
  /** What a person's verb would do; null: there is no such batch. */
  planAct(id: string, verb: BatchVerb): Promise<BatchActPlan | { readonly impossible: string } | null>;
  /** Pauses, resumes or cancels, with an entry of the audit; one that is so already stays as it is. null: there is none. */
  act(id: string, verb: BatchVerb, by: BatchActor, now: () => number): Promise<ChangedBatch | null>;
  read(id: string): Promise<BatchRow | null>;
  /** Newest first. @param before null: from the newest */
  list(before: { readonly createdAt: Date; readonly id: string } | null, limit: number): Promise<BatchRow[]>;
  /** How many there are in some states. */
  counts(): Promise<Record<(typeof BATCH_STATES_COUNTED)[number], number>>;
  items(id: string, query: BatchItemQuery, limit: number): Promise<BatchItem[]>;
  progress(id: string): Promise<BatchProgress>;
  /** Batches with their progress, in no order; of an unknown id none. */
  withProgress(
    ids: readonly string[],
  ): Promise<Array<{ readonly batch: BatchRow; readonly progress: BatchProgress }>>;
  /** The waves since the batch began or was resumed, in their order. */
  waves(batch: Pick<BatchRow, 'id' | 'rampFrom'>): Promise<WaveCount[]>;
  /**
   * Takes the lease of a batch whose wave is due, or that stopped and has targets to watch; null: none is. It ends after `leaseMs`
   * unless it is released.
   */
  claim(leaseMs: number): Promise<Lease | null>;
  /** The first open items in a state. */
  open(lease: Lease, state: 'waiting' | 'watched', limit: number): Promise<BatchItem[]>;
  /** Records outcomes; false: another process holds the lease, and nothing was written. */
  record(lease: Lease, outcomes: readonly ItemOutcome[]): Promise<boolean>;
  /** Stops a running batch; false: another process holds the lease, or a person has paused or cancelled it. */
  stop(lease: Lease, why: StopReason): Promise<boolean>;
  /** Gives the lease back: the batch is done if nothing is open, else its next wave is due then. null: the lease was lost. */
  release(lease: Lease, nextInMs: number): Promise<BatchState | null>;
}
