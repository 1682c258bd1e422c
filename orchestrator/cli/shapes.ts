/** The shapes of the API's answers that several verbs read. */

export interface Listed {
  readonly sagaId: string;
  readonly customerId: string;
  readonly status: string;
  readonly state: string;
  readonly stuck: boolean;
  readonly stalled: boolean;
  readonly stalledSince?: string;
  readonly incident?: { readonly since: string; readonly code: string; readonly fingerprint?: string };
  readonly stateSince: string;
  readonly createdAt: string;
}

export interface Awaited {
  readonly commandId: string;
  readonly type: string;
  readonly since: string;
  readonly read: boolean;
  readonly attempts: number;
  readonly deadline?: string;
}

export interface Saga extends Omit<Listed, 'incident'> {
  readonly incident: { readonly since: string; readonly code: string; readonly text?: string } | null;
  readonly lastFailure: { readonly at: string; readonly code: string; readonly text: string } | null;
  readonly endedAt: string | null;
  readonly paused: boolean;
  readonly brake?: { readonly brakeId: string; readonly command: string };
  readonly holds: readonly string[];
  readonly revision: number;
  /** In one sentence. */
  readonly why: string;
  readonly waitsFor: readonly Awaited[] | null;
  readonly timers: ReadonlyArray<{
    readonly name: string;
    readonly dueAt: string;
    /** Of a paused saga. */
    readonly leftMs?: number;
  }> | null;
  readonly stepsDone: ReadonlyArray<{
    readonly type: string;
    readonly answer: string;
    readonly at: string;
  }> | null;
  readonly stepsRemaining: readonly RemainingStep[] | null;
  readonly endsAs: { readonly state?: string };
  readonly context: Readonly<Record<string, unknown>>;
}

export interface RemainingStep {
  readonly type: string;
  readonly awaited: boolean;
  readonly needsEvidence?: boolean;
}

/** What a plan moves, at the most. */
interface Total {
  readonly kind: string;
  readonly effect: string;
  /** For people: `EUR 24.90`. */
  readonly text: string;
}

export interface Plan {
  readonly outcome: 'applies' | 'waits' | 'refused';
  readonly detail?: string;
  readonly state?: string;
  readonly sends: ReadonlyArray<{
    readonly id: string;
    readonly topic: string;
    readonly again: boolean;
    readonly data?: unknown;
  }>;
  readonly totals?: readonly Total[];
  /** Of everything the plan promises: applied under it, the action does exactly this. */
  readonly planHash?: string;
  /** Ids of messages the pause would hold back. */
  readonly holds?: readonly string[];
  readonly afterwards?: { readonly steps: readonly RemainingStep[]; readonly state: string };
}

export interface Action {
  readonly actionId: string;
  readonly action: string;
  readonly state: 'waiting' | 'applied' | 'refused';
  readonly detail?: string;
}

/** One event of a history. Its fields depend on its kind. */
export interface HistoryEvent {
  readonly kind: 'transition' | 'unmatched' | 'repeat' | 'resend' | 'action';
  readonly at: string;
  readonly [field: string]: unknown;
}
