/** Renders the ledger in Stripe's object shapes, for the SDK and for people who use Stripe. */
import type { Answer, IntentStatus, Ledger, PaymentIntent } from './ledger.ts';
import { type Dispute, isWithdrawn, type Refund } from './reversals.ts';

/** An answer as HTTP: status and JSON text. */
export interface Rendered {
  readonly status: number;
  readonly body: string;
}

/** @param ledger holds the objects that the answer names */
export function render(ledger: Ledger, answer: Answer): Rendered {
  if ('error' in answer) return { status: answer.status, body: JSON.stringify({ error: answer.error }) };
  if ('refund' in answer) {
    const refund = ledger.refunds.get(answer.refund);
    return {
      status: 200,
      body: JSON.stringify(refund && refundShape(ledger, { ...refund, status: answer.as ?? refund.status })),
    };
  }
  if ('method' in answer) {
    const { method: id, card, customer } = answer;
    const shape = { id, object: 'payment_method', customer, livemode: false, metadata: {}, type: 'card' };
    const brand = card.slice('pm_card_'.length).split('_')[0];
    return { status: 200, body: JSON.stringify({ ...shape, card: { brand } }) };
  }
  if ('customer' in answer)
    return {
      status: 200,
      body: JSON.stringify({ id: answer.customer, object: 'customer', livemode: false }),
    };
  const intent = ledger.intents.get(answer.intent);
  return { status: 200, body: JSON.stringify(intent && intentShape(intent, answer.as)) };
}

/**
 * A PaymentIntent.
 * @param as the status it had when the answer was first given
 */
export function intentShape(
  intent: PaymentIntent,
  as: IntentStatus = intent.status,
): Record<string, unknown> {
  const paid = as === 'succeeded';
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: intent.amount,
    amount_capturable: 0,
    amount_received: paid ? intent.amount : 0,
    canceled_at: as === 'canceled' ? intent.created : null,
    cancellation_reason: as === 'canceled' ? 'abandoned' : null,
    capture_method: 'automatic',
    confirmation_method: 'automatic',
    created: intent.created,
    currency: intent.currency,
    customer: intent.customer ?? null,
    last_payment_error: as === 'requires_payment_method' && intent.lastError ? cardError(intent) : null,
    latest_charge: paid ? intent.chargeId : null,
    livemode: false,
    metadata: intent.metadata,
    next_action: as === 'requires_action' ? { type: 'use_stripe_sdk' } : null,
    payment_method: intent.method,
    payment_method_types: ['card'],
    status: as,
  };
}

/** The `error` of a decline: without the intent, which an HTTP answer shows beside it. */
export function cardError(intent: PaymentIntent): Record<string, unknown> {
  return { type: 'card_error', ...intent.lastError };
}

export function refundShape(ledger: Ledger, refund: Refund): Record<string, unknown> {
  const intent = ledger.intents.get(refund.intentId);
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    charge: intent?.chargeId ?? null,
    created: refund.created,
    currency: intent?.currency ?? null,
    ...(refund.status === 'failed' && { failure_reason: 'expired_or_canceled_card' }),
    metadata: refund.metadata ?? {},
    payment_intent: refund.intentId,
    reason: null,
    status: refund.status,
  };
}

export function disputeShape(ledger: Ledger, dispute: Dispute): Record<string, unknown> {
  const intent = ledger.intents.get(dispute.intentId);
  return {
    id: dispute.id,
    object: 'dispute',
    amount: dispute.amount,
    charge: intent?.chargeId ?? null,
    created: dispute.created,
    currency: intent?.currency ?? null,
    is_charge_refundable: !isWithdrawn(dispute),
    metadata: {},
    payment_intent: dispute.intentId,
    reason: dispute.reason,
    status: dispute.status,
  };
}

/** The successful charge of an intent. */
export function chargeShape(ledger: Ledger, intent: PaymentIntent): Record<string, unknown> {
  return {
    id: intent.chargeId,
    object: 'charge',
    amount: intent.amount,
    amount_captured: intent.amount,
    amount_refunded: intent.refunded,
    captured: true,
    created: intent.created,
    currency: intent.currency,
    disputed: ledger.disputesOfIntent(intent.id).length > 0,
    metadata: intent.metadata,
    paid: true,
    payment_intent: intent.id,
    refunded: intent.refunded === intent.amount,
    status: 'succeeded',
  };
}
