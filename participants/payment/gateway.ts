/** The port to a payment gateway: what payment asks of it, and the two ways in which it may not answer. */
import { RetryableError } from '#protocol/errors.ts';
import type { Refusal } from './intent.ts';

/** A payment to create. */
export interface Payment {
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  /** The order's id; goes into the gateway's unitOfWork beside the command's. */
  readonly sagaId: string;
  readonly commandId: string;
}

/** How a payment stands at the gateway, which is the truth about it. */
export type PaymentState =
  /** Created, never confirmed: nothing has moved. */
  | { readonly status: 'unconfirmed' }
  /** The gateway itself does not know yet. */
  | { readonly status: 'processing' }
  | { readonly status: 'succeeded' }
  | { readonly status: 'declined'; readonly refusal: Refusal }
  | { readonly status: 'cancelled' };

/** A refund of the whole amount, as the gateway has it. */
export interface RefundState {
  readonly id: string;
  /** done: paid back or about to be; failed: the gateway gave up. */
  readonly status: 'done' | 'failed';
  readonly text?: string;
}

/**
 * A payment gateway. Every call that acts carries an idempotency key; none of them is trusted alone, for gateways
 * forget keys: who is unsure asks for the state first.
 * @throws GatewayOutage when what came of a call is not known, or it was not made
 * @throws GatewayRefusal when the gateway says no for good
 */
export interface Gateway {
  /** Creates the payment without confirming it; gives its id. No money can move before `confirm`. */
  create(payment: Payment, key: string): Promise<string>;
  retrieve(id: string): Promise<PaymentState>;
  confirm(id: string, key: string): Promise<PaymentState>;
  /** Forbids a payment that has not succeeded; gives the state it is in then, which may be `succeeded`. */
  cancel(id: string, key: string): Promise<PaymentState>;
  /** The refund there is, or null; one that is done comes before those that failed. */
  refundOf(id: string): Promise<RefundState | null>;
  /** Refunds the whole amount. */
  refund(id: string, key: string): Promise<RefundState>;
}

/** Why a call came to nothing that is known, and what people are told of it. */
export const OUTAGES = {
  'gateway-unreachable': 'the payment gateway cannot be reached',
  'gateway-timed-out': 'the payment gateway does not answer in time',
  'gateway-error': 'the payment gateway answers with an error of its own',
  'gateway-busy': 'the payment gateway is busy with this payment, or with too many',
  'gateway-refuses-key': 'the payment gateway refuses our credentials',
  'gateway-lost-payment': 'the payment gateway does not know a payment that it created',
  'gateway-paused': 'the payment gateway is away; calls are held back',
  'gateway-processing': 'the payment gateway is still processing the payment',
} as const;
export type OutageCode = keyof typeof OUTAGES;

/** What came of a call is not known: look again later. */
export class GatewayOutage extends RetryableError {
  readonly outage: OutageCode;
  /** The gateway has answered and is done with the call; it would repeat this answer to the same key. */
  readonly answered: boolean;

  constructor(outage: OutageCode, message: string, options: { answered?: boolean; cause?: unknown } = {}) {
    super('gateway-unavailable', message, { cause: options.cause });
    this.name = 'GatewayOutage';
    this.outage = outage;
    this.answered = options.answered ?? false;
  }
}

/** The gateway's final no to a call. */
export class GatewayRefusal extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: { cause?: unknown }) {
    super(refusal.text ?? refusal.code, options);
    this.name = 'GatewayRefusal';
    this.refusal = refusal;
  }
}
