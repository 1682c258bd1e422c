/** Refunds and disputes as the ledger has them. */

export type RefundStatus = 'succeeded' | 'pending' | 'requires_action' | 'failed' | 'canceled';

export interface Refund {
  readonly id: string;
  readonly intentId: string;
  readonly amount: number;
  readonly status: RefundStatus;
  readonly created: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** When it took its present status, ms since 1970; missing: when it was created. */
  readonly movedAt?: number | undefined;
}

export interface Dispute {
  readonly id: string;
  readonly intentId: string;
  readonly amount: number;
  /** Stripe's: `needs_response`, `under_review`, `won`, `lost`, `warning_needs_response` … */
  readonly status: string;
  readonly reason: string;
  readonly created: number;
  readonly movedAt?: number | undefined;
}

/** It succeeded or may yet: its amount cannot be refunded again. */
export function isUnderWay(status: RefundStatus): boolean {
  return status !== 'failed' && status !== 'canceled';
}

/** Stripe withdraws the amount when a dispute is opened, not for an inquiry, and pays it back when it is won. */
export function isWithdrawn({ status }: Dispute): boolean {
  return !status.startsWith('warning_') && status !== 'won' && status !== 'prevented';
}
