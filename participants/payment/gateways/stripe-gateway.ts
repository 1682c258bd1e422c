/** Stripe through its own SDK; the simulator speaks the same API and is reached by this adapter too. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';
import { type Gateway, GatewayOutage, type PaymentState, type RefundState } from '../gateway.ts';
import { gatewayError, refusalOf } from './stripe-errors.ts';

export interface StripeOptions {
  /** Scheme, host and port; no path. */
  readonly url: string;
  /** The API key. */
  readonly key: string;
  /** Silence after which a call's outcome counts as unknown. */
  readonly timeoutMs: number;
  /** Connections at the most. */
  readonly calls: number;
}

/** Opens the adapter; `close` ends its idle connections. */
export function openStripeGateway(options: StripeOptions): Gateway & { close(): void } {
  const { protocol, hostname, port } = new URL(options.url);
  const secure = protocol === 'https:';
  const agent = new (secure ? HttpsAgent : HttpAgent)({
    keepAlive: true,
    maxSockets: options.calls,
    // Below the minute after which gateways close idle connections: a cut one costs a call.
    timeout: Math.max(options.timeoutMs, 30_000),
  });
  const stripe = new Stripe(options.key, {
    host: hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    protocol: secure ? 'https' : 'http',
    httpAgent: agent,
    timeout: options.timeoutMs,
    // Tries are the worker's: it asks for the state first.
    maxNetworkRetries: 0,
    telemetry: false,
  });

  return {
    create: ({ amount, currency, method, sagaId, commandId }, idempotencyKey) =>
      asked(async () => {
        const intent = await stripe.paymentIntents.create(
          {
            amount,
            currency: currency.toLowerCase(),
            payment_method: method,
            // Nobody is there to be sent to another page.
            automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
            metadata: { order_id: sagaId, command_id: commandId },
          },
          { idempotencyKey },
        );
        return intent.id;
      }),
    retrieve: (id) => asked(async () => stateOf(await stripe.paymentIntents.retrieve(id)), lost),
    confirm: (id, idempotencyKey) =>
      // Nobody is there to authenticate: a card that asks for it is declined at once.
      asked(
        async () =>
          stateOf(
            await stripe.paymentIntents.confirm(id, { error_on_requires_action: true }, { idempotencyKey }),
          ),
        stateInError,
      ),
    cancel: (id, idempotencyKey) =>
      asked(
        async () => stateOf(await stripe.paymentIntents.cancel(id, {}, { idempotencyKey })),
        stateInError,
      ),
    refundOf: (id) =>
      asked(async () => {
        const { data } = await stripe.refunds.list({ payment_intent: id, limit: 100 });
        const refunds = data.map(refundState);
        return refunds.find((refund) => refund.status === 'done') ?? refunds[0] ?? null;
      }, lost),
    refund: (id, idempotencyKey) =>
      asked(async () => refundState(await stripe.refunds.create({ payment_intent: id }, { idempotencyKey }))),
    close: () => agent.destroy(),
  };
}

/** Makes a call; an error is either the answer all the same, or thrown in the port's words. */
async function asked<T>(call: () => Promise<T>, answerIn?: (error: unknown) => T | undefined): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const answer = answerIn?.(error);
    if (answer !== undefined) return answer;
    throw gatewayError(error);
  }
}

/** A refused confirm or cancel shows the payment as it stands: that is the answer. */
function stateInError(error: unknown): PaymentState | undefined {
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  if (error instanceof Stripe.errors.StripeCardError)
    return { status: 'declined', refusal: refusalOf(error) };
  if (error.statusCode === 404) return lost(error);
  const state = error.payment_intent && stateOf(error.payment_intent);
  // Not moved and refused all the same: the refusal is what there is to say.
  return state?.status === 'unconfirmed' ? undefined : state;
}

/** A payment we hold the id of is unknown: nobody can say whether it was paid, so nothing is decided. */
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
      // As Stripe leaves it after a decline: the method is detached.
      const said = intent.last_payment_error;
      return said ? { status: 'declined', refusal: refusalOf(said) } : { status: 'unconfirmed' };
    }
    // requires_action: nobody is there to act; a second confirm is refused, and the payment closed.
    case 'requires_confirmation':
    case 'requires_action':
      return { status: 'unconfirmed' };
    default:
      return { status: 'processing' };
  }
}

function refundState(refund: Stripe.Refund): RefundState {
  const failed = refund.status === 'failed' || refund.status === 'canceled';
  const text = refund.failure_reason;
  return { id: refund.id, status: failed ? 'failed' : 'done', ...(failed && text && { text }) };
}
