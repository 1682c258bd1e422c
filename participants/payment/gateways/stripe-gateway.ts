/** Calls Stripe through its SDK; the simulator speaks the same API. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';
import { type Gateway, GatewayOutage, type PaymentState } from '../gateway.ts';
import { toStripeAmount, toStripeUnit } from './stripe-amounts.ts';
import { gatewayError, refusalOf } from './stripe-errors.ts';
import { MADE_BY, readList, readMoney, refundOf } from './stripe-reversals.ts';

export interface StripeOptions {
  /** Scheme, host and port; no path. */
  readonly url: string;
  /** The API key. */
  readonly key: string;
  /** Silence after which a call's outcome counts as unknown. */
  readonly timeoutMs: number;
  /** The most connections. */
  readonly calls: number;
}

/** Opens the adapter; `close` ends its idle connections. */
export function openStripeGateway(options: StripeOptions): Gateway & { close(): void } {
  const { protocol, hostname, port } = new URL(options.url);
  const secure = protocol === 'https:';
  const agent = new (secure ? HttpsAgent : HttpAgent)({
    keepAlive: true,
    maxSockets: options.calls,
    // Gateways close idle connections after a minute, and a call on a closed one fails.
    timeout: Math.max(options.timeoutMs, 30_000),
  });
  const stripe = new Stripe(options.key, {
    host: hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    protocol: secure ? 'https' : 'http',
    httpAgent: agent,
    timeout: options.timeoutMs,
    // The worker retries, after it has read the payment's state.
    maxNetworkRetries: 0,
    telemetry: false,
  });

  return {
    create: ({ amount, currency, method, gatewayCustomer = null, sagaId, commandId }, idempotencyKey) =>
      callSdk(async () => {
        const intent = await stripe.paymentIntents.create(
          {
            amount: toStripeAmount(amount, currency),
            currency: currency.toLowerCase(),
            payment_method: method,
            ...(gatewayCustomer !== null && { customer: gatewayCustomer }),
            // No customer is present to follow a redirect.
            automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
            metadata: { order_id: sagaId, command_id: commandId },
          },
          { idempotencyKey },
        );
        return intent.id;
      }),
    retrieve: (id) => callSdk(async () => stateOf(await stripe.paymentIntents.retrieve(id)), lost),
    confirm: (id, idempotencyKey, offSession = false) =>
      // No customer is present to authenticate: a card that requires it is declined at once. A saved card is
      // charged off session, which its bank may exempt.
      callSdk(
        async () =>
          stateOf(
            await stripe.paymentIntents.confirm(
              id,
              { error_on_requires_action: true, ...(offSession && { off_session: true }) },
              { idempotencyKey },
            ),
          ),
        stateInError,
      ),
    cancel: (id, idempotencyKey) =>
      callSdk(
        async () => stateOf(await stripe.paymentIntents.cancel(id, {}, { idempotencyKey })),
        stateInError,
      ),
    list: (name, sinceMs, after) => callSdk(() => readList(stripe, name, sinceMs, after)),
    moneyOf: (id) => callSdk(() => readMoney(stripe, id), lost),
    refund: (id, amount, currency, idempotencyKey) =>
      callSdk(async () =>
        refundOf(
          await stripe.refunds.create(
            { payment_intent: id, amount: toStripeUnit(amount, currency), metadata: { made_by: MADE_BY } },
            { idempotencyKey },
          ),
        ),
      ),
    close: () => agent.destroy(),
  };
}

/** Calls the SDK; an error either holds the answer, or is thrown as the port's error. */
async function callSdk<T>(call: () => Promise<T>, answerIn?: (error: unknown) => T | undefined): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const answer = answerIn?.(error);
    if (answer !== undefined) return answer;
    throw gatewayError(error);
  }
}

/** A refused confirm or cancel bears the payment's state: that is the answer. */
function stateInError(error: unknown): PaymentState | undefined {
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  if (error instanceof Stripe.errors.StripeCardError)
    return { status: 'declined', refusal: refusalOf(error) };
  if (error.statusCode === 404) return lost(error);
  const state = error.payment_intent && stateOf(error.payment_intent);
  // The state did not change, so the refusal is the answer.
  return state?.status === 'unconfirmed' ? undefined : state;
}

/** The gateway lacks a payment that it created: its outcome stays unknown. */
function lost(error: unknown): undefined {
  if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) {
    throw new GatewayOutage('gateway-lost-payment', 'the gateway does not know the payment', {
      cause: error,
    });
  }
  return undefined;
}

function stateOf(intent: Stripe.PaymentIntent): PaymentState {
  switch (intent.status) {
    case 'succeeded':
      return { status: 'succeeded' };
    case 'canceled':
      return { status: 'cancelled' };
    case 'requires_payment_method': {
      // After a decline Stripe detaches the method.
      const declined = intent.last_payment_error;
      return declined ? { status: 'declined', refusal: refusalOf(declined) } : { status: 'unconfirmed' };
    }
    case 'requires_confirmation':
      return { status: 'unconfirmed' };
    case 'requires_action':
      return { status: 'actionRequired' };
    default:
      return { status: 'processing' };
  }
}
