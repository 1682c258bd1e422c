/** The words of payment: an intent to charge, its outcome, and what its worker has to reach. */
import type { PartitionedTable } from '#platform/postgres/month-partitions.ts';

/** The gateways a process can be given. `none`: approved in process, inside the handler's transaction. */
export type GatewayName = 'none' | 'simulator' | 'stripe';

/** open: not known yet; the other two are final. */
export type Outcome = 'open' | 'charged' | 'declined';

/**
 * What the worker has to reach. charge: get it paid; settle: find out how it ended and forbid it if it has not;
 * undo: settle it, then give the money back. It only ever rises, in this order.
 */
export type Goal = 'charge' | 'settle' | 'undo';

/** What names an intent: its charge command. */
export interface IntentKey {
  readonly sagaId: string;
  /** The id of the `payment.charge` command. */
  readonly commandId: string;
}

/** An intent as the handler writes it. */
export interface NewIntent extends IntentKey {
  readonly gateway: GatewayName;
  readonly customerId: string;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  readonly traceparent?: string | undefined;
  readonly outcome: Outcome;
  readonly gatewayId?: string;
  readonly declineCode?: string;
}

/** A final "no", in words for the customer: never card data. */
export interface Refusal {
  readonly code: string;
  readonly text?: string;
}

/** An intent as a worker has claimed it. */
export interface Intent extends IntentKey {
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  readonly customerId: string;
  readonly traceparent: string | null;
  readonly gatewayId: string | null;
  readonly outcome: Outcome;
  readonly goal: Goal;
  readonly undone: boolean;
  readonly refundRefused: boolean;
  /** Calls made for this goal, the one that begins now included. */
  readonly tries: number;
  readonly keyNumber: number;
  /** The claim: what is written for it is refused once another worker holds it. */
  readonly lease: string;
}

/** The tables of payment that are partitioned by saga id. An intent is updated in place a few times. */
export const PAYMENT_TABLES: readonly PartitionedTable[] = [
  { name: 'payment.inbox' },
  { name: 'payment.intents', fillfactor: 70 },
  { name: 'payment.undos' },
];
