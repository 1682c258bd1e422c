/** Payment's types: an intent to charge, its outcome, and its worker's goal. */

/** A process's gateway. `none`: the handler approves the charge in its own transaction. */
export type GatewayName = 'none' | 'simulator' | 'stripe';

/** open: unknown yet; the other two are final. */
export type Outcome = 'open' | 'charged' | 'declined';

/**
 * The worker's goal. charge: have it paid; settle: find its outcome, and cancel it while it has none; undo: settle it,
 * then refund it. A goal only rises, in this order.
 */
export type Goal = 'charge' | 'settle' | 'undo';

/** The key of an intent: its charge command. */
export interface IntentKey {
  readonly sagaId: string;
  /** The id of the `payment.charge` command. */
  readonly commandId: string;
}

/** An intent that the handler inserts. */
export interface NewIntent extends IntentKey {
  readonly gateway: GatewayName;
  readonly customerId: string;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  /** The gateway's customer whom the method is saved for. */
  readonly gatewayCustomer?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly outcome: Outcome;
  readonly gatewayId?: string;
  readonly declineCode?: string;
}

/** A final refusal, in words for the customer: never card data. */
export interface Refusal {
  readonly code: string;
  readonly text?: string;
}

/** An intent under a worker's claim. */
export interface Intent extends IntentKey {
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  readonly gatewayCustomer: string | null;
  readonly customerId: string;
  readonly traceparent: string | null;
  readonly gatewayId: string | null;
  readonly outcome: Outcome;
  readonly goal: Goal;
  readonly undone: boolean;
  /** The refund under way for the present undo. */
  readonly refundId: string | null;
  readonly refundRefused: boolean;
  /** Attempts for this goal, the current one included. */
  readonly tries: number;
  readonly keyNumber: number;
  /** The claim: the store refuses its writes once another worker has claimed the intent. */
  readonly lease: string;
}
