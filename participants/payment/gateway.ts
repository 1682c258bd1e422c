/** The port to a payment gateway, with its two failures: an outage and a refusal. */
import { RetryableError } from '#protocol/errors.ts';
import type { Refusal } from './intent.ts';
import type { Listed, ListName, Money, Reversal } from './reversal.ts';

/** A payment to create. */
export interface Payment {
  /** In ISO's minor unit of the currency; an adapter converts it to its gateway's unit. */
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  /** The gateway's customer whom the method is saved for; null or missing: it is saved for nobody, and pays once. */
  readonly gatewayCustomer?: string | null;
  /** The order's id; the gateway stores it with the command's. */
  readonly sagaId: string;
  readonly commandId: string;
}

/** A payment's state at the gateway, which is authoritative. */
export type PaymentState =
  /** Created, never confirmed: no money has moved. */
  | { readonly status: 'unconfirmed' }
  /** Confirmed, and waits for its customer to authenticate: no money has moved. */
  | { readonly status: 'actionRequired' }
  /** The gateway has not decided yet. */
  | { readonly status: 'processing' }
  | { readonly status: 'succeeded' }
  | { readonly status: 'declined'; readonly refusal: Refusal }
  | { readonly status: 'cancelled' };

/**
 * A payment gateway. Every call with an effect carries an idempotency key. Gateways forget keys, so a caller that is
 * unsure of a call's outcome reads the payment's state first.
 * @throws GatewayOutage when a call's outcome is unknown, or no call was made
 * @throws GatewayRefusal when the gateway refuses for good
 */
export interface Gateway {
  /** Creates an unconfirmed payment and returns its id. No money can move before `confirm`. */
  create(payment: Payment, key: string): Promise<string>;
  retrieve(id: string): Promise<PaymentState>;
  /** @param offSession the method is saved, and its customer is not there to authenticate */
  confirm(id: string, key: string, offSession?: boolean): Promise<PaymentState>;
  /** Cancels a payment that has not succeeded; returns its state, which may be `succeeded`. */
  cancel(id: string, key: string): Promise<PaymentState>;
  /** The payment's money: what was received, and every refund and dispute of it. */
  moneyOf(id: string): Promise<Money>;
  /** One page of a list, newest first, of what was created since `sinceMs`; `next` names the following page. */
  list(
    name: ListName,
    sinceMs: number,
    after: string | null,
  ): Promise<{ items: Listed[]; next: string | null }>;
  /** Refunds a part of what was received. @param amount at most what `sumsOf` says is owed, in the currency's minor unit */
  refund(id: string, amount: number, currency: string, key: string): Promise<Reversal>;
}

/** The causes of an unknown outcome, with the texts for people. */
export const OUTAGES = {
  'gateway-unreachable': 'the payment gateway cannot be reached',
  'gateway-timed-out': 'the payment gateway does not answer in time',
  'gateway-error': 'the payment gateway answers with an error of its own',
  'gateway-busy': 'the payment gateway is busy with another call for this payment',
  'gateway-limited': 'the payment gateway takes no more calls for now',
  'gateway-refuses-key': 'the payment gateway refuses our credentials',
  'gateway-lost-payment': 'the payment gateway does not know a payment that it created',
  'gateway-paused': 'the payment gateway is away; calls are held back',
  'refund-pending': 'the payment gateway has taken the refund, and the bank has yet to confirm it',
  'gateway-processing': 'the payment gateway is still processing the payment',
} as const;
export type OutageCode = keyof typeof OUTAGES;

/** The outcome of a call is unknown: read the payment's state later. */
export class GatewayOutage extends RetryableError {
  readonly outage: OutageCode;
  /** Whether the gateway answered: it would repeat this answer to the same key. */
  readonly answered: boolean;
  /** Of `gateway-limited`: how long no call may be made. The refused one was not executed. */
  readonly retryAfterMs: number;

  constructor(
    outage: OutageCode,
    message: string,
    options: { answered?: boolean; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super('gateway-unavailable', message, { cause: options.cause });
    this.name = 'GatewayOutage';
    this.outage = outage;
    this.answered = options.answered ?? false;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** Whether a failure means that the gateway is out of service. A refusal is an answer, and so are "busy" and "too many calls". */
export function meansOutage(error: unknown): boolean {
  if (!(error instanceof GatewayOutage)) return false;
  const { outage } = error;
  return outage === 'gateway-unreachable' || outage === 'gateway-timed-out' || outage === 'gateway-error';
}

/** The gateway's final refusal of a call. */
export class GatewayRefusal extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: { cause?: unknown }) {
    super(refusal.text ?? refusal.code, options);
    this.name = 'GatewayRefusal';
    this.refusal = refusal;
  }
}
