/** Money that went back for a charge, its sums, and the incidents that follow from a change of it. */
import type { IntentKey } from './intent.ts';

/** A refund or a dispute, as the gateway has it. */
export interface Reversal {
  /** The gateway's id. */
  readonly id: string;
  readonly kind: 'refund' | 'dispute';
  /** In the currency's minor unit. */
  readonly amount: number;
  /** pending: under way, may still fail; settled: the customer has it; failed: nothing went back, or it came back. */
  readonly state: 'pending' | 'settled' | 'failed';
  /** The gateway's own word for the state, with its reason. */
  readonly status: string;
  /** Payment made it; otherwise somebody else did. */
  readonly own: boolean;
  /** ms since 1970. */
  readonly createdAt: number;
  /** Somebody must act before it goes on. */
  readonly needsAction?: true;
}

/** A payment's money at the gateway, in the currency's minor unit. */
export interface Money {
  /** The charge that made the payment; null: none of ours. */
  readonly key: IntentKey | null;
  readonly received: number;
  readonly reversals: readonly Reversal[];
}

/** An entry of one of the gateway's lists. */
export interface Listed {
  readonly id: string;
  /** The payment's id at the gateway; null: it has none. */
  readonly paymentId: string | null;
  /** Of a refund or a dispute. */
  readonly state: Reversal['state'] | null;
  /** The charge that made its payment; null: none of ours. */
  readonly key: IntentKey | null;
}
/** The gateway's lists that are compared with the ledger. */
export const LISTS = ['refunds', 'disputes', 'charges'] as const;
export type ListName = (typeof LISTS)[number];

/** What one inspection found of a charge. */
export interface SeenMoney extends IntentKey {
  readonly reversals: readonly Reversal[];
  /** When the call began. */
  readonly at: Date;
}

/** A reversal that is new in the ledger, or has another state. */
export interface Change extends IntentKey {
  readonly reversal: Pick<Reversal, 'id' | 'kind' | 'amount' | 'state' | 'status' | 'own'>;
  /** Its state in the ledger before; null: it is new there. */
  readonly before: Reversal['state'] | null;
}

/** Something about a command that an operator must see. */
export interface NewIncident extends IntentKey {
  /** Names the cause: the same cause is one incident. */
  readonly id: string;
  readonly code: string;
  readonly text: string;
}

/** A refund's states in the order that it takes them: it may be settled and fail later, and never goes back. */
export const REFUND_STATES = ['pending', 'settled', 'failed'] as const satisfies ReadonlyArray<
  Reversal['state']
>;

/**
 * Whether an answer of the gateway replaces what is known of a reversal. Of two answers to overlapping calls nobody knows which is
 * newer by their times, since a call may reach the gateway later than one that began after it: of a refund the state that comes later counts.
 */
export function replaces(
  known: Pick<Reversal, 'state'> & { readonly seenAt: Date },
  { kind, state }: Pick<Reversal, 'kind' | 'state'>,
  at: Date,
): boolean {
  if (kind === 'dispute' || known.state === state) return known.seenAt <= at;
  return REFUND_STATES.indexOf(known.state) < REFUND_STATES.indexOf(state);
}

/** The sums of a payment: what is still owed to the customer when all of it goes back, and what is under way. */
export function sumsOf({ received, reversals }: Money): { settled: number; pending: number; owed: number } {
  const sum = (state: Reversal['state']) =>
    reversals.reduce((total, one) => total + (one.state === state ? one.amount : 0), 0);
  const settled = sum('settled');
  const pending = sum('pending');
  return { settled, pending, owed: Math.max(0, received - settled - pending) };
}

/**
 * The incidents of a change: a refund that others made of a charge that stands and its failure, and every dispute with its turns.
 * Refunds of a charge that is being taken back are part of what is owed, which the undo's reply answers for.
 */
export function incidentsOf(
  { sagaId, commandId, reversal, before }: Change,
  charge: { readonly amount: number; readonly currency: string; readonly isTakenBack: boolean },
): NewIncident[] {
  const { id, kind, amount, state, status, own } = reversal;
  const about = { sagaId, commandId };
  const sum = `${amount} of ${charge.amount} ${charge.currency} (minor units)`;
  if (kind === 'dispute') {
    const code = before === null ? 'charge-disputed' : DISPUTE_TURNS[state];
    return [{ ...about, id: `${code}-${id}`, code, text: `dispute ${id} of ${sum}: ${status}` }];
  }
  // One that has failed when it is first seen moved nothing.
  if (own || charge.isTakenBack || (before === null && state === 'failed')) return [];
  const code = state === 'failed' ? 'refund-elsewhere-failed' : 'refunded-elsewhere';
  const text = `refund ${id} of ${sum} was not made by payment: ${status}`;
  return [{ ...about, id: `${code}-${id}`, code, text }];
}

/** A known dispute took a turn: an inquiry withdraws the money now, the customer keeps it, or it is back. */
const DISPUTE_TURNS: Readonly<Record<Reversal['state'], string>> = {
  pending: 'dispute-escalated',
  settled: 'dispute-lost',
  failed: 'dispute-won',
};

/** The incident of a refund that was answered as done and failed later. @param refund the answered command */
export function refundReversed(
  key: IntentKey,
  refund: string,
  { id, status }: Change['reversal'],
): NewIncident {
  const text = `refund ${id} was reported as done and failed later (${status}): retry it, or pay it back by hand and skip`;
  return { sagaId: key.sagaId, commandId: refund, id: `refund-failed-${id}`, code: 'refund-failed', text };
}

/** A refund may be pending for so long before an operator must see it; card networks take up to ten days. */
export const PENDING_LIMIT_MS = 72 * 3_600_000;

/** The incident of a refund that is pending for too long, or waits for somebody; null before. @param refund the command */
export function refundOverdue(
  sagaId: string,
  refund: string,
  { reversals }: Pick<Money, 'reversals'>,
  nowMs: number,
): NewIncident | null {
  const late = reversals.find(
    ({ state, createdAt, needsAction }) =>
      state === 'pending' && (needsAction || nowMs - createdAt > PENDING_LIMIT_MS),
  );
  if (late === undefined) return null;
  const since = new Date(late.createdAt).toISOString();
  const text = `${late.kind} ${late.id} is ${late.status} since ${since}; payment goes on checking the gateway`;
  return { sagaId, commandId: refund, id: `refund-overdue-${late.id}`, code: 'refund-overdue', text };
}
