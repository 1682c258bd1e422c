/** A call of the API that may change the ledger file, and the decision on it. */
import type { Form } from './form.ts';
import type { Answer, Effect } from './ledger.ts';
import type { RefundStatus } from './reversals.ts';

/** A call that may change the ledger file. */
export type Operation =
  | 'create'
  | 'confirm'
  | 'cancel'
  | 'refund'
  | 'customer'
  | 'method'
  | 'attach'
  | 'detach';

/** The decision on a call. */
export interface Act {
  readonly effects: readonly Effect[];
  readonly answer: Answer;
}

export interface Call {
  readonly operation: Operation;
  /** Of confirm and cancel: the intent in the path; of attach and detach: the payment method. */
  readonly id: string;
  readonly form: Form;
  readonly nowMs: number;
  /** Declines under any method, as the behaviour demands. */
  readonly decline: boolean;
  /** The status of a new refund in place of the method's. */
  readonly refundStatus?: RefundStatus | undefined;
  /** A confirmation is `processing` for so long, as the behaviour demands. */
  readonly processForMs?: number;
}
