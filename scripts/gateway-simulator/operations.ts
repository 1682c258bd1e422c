/** Decides the effects and the answer of each call of the API; changes nothing itself. */
import type { Act, Call } from './act.ts';
import { type Answer, invalid } from './invalid.ts';
import type { CardError, Effect, Ledger, PaymentIntent } from './ledger.ts';
import { attach, createCustomer, createMethod, detach } from './method-operations.ts';
import { type Method, methodOf } from './methods.ts';
import { newId } from './new-id.ts';
import { refuseMethod } from './refuse-method.ts';
import { isWithdrawn } from './reversals.ts';
import { refuseAmount } from './stripe-currencies.ts';
import { intentShape } from './stripe-shapes.ts';

/** Decides one call against the ledger file as they are. */
export function act(ledger: Ledger, call: Call): Act {
  switch (call.operation) {
    case 'create':
      return create(ledger, call);
    case 'refund':
      return refund(ledger, call);
    case 'customer':
      return createCustomer();
    case 'method':
      return createMethod(call);
    case 'attach':
      return attach(ledger, call);
    case 'detach':
      return detach(ledger, call);
    default:
      return ofIntent(ledger, call);
  }
}

function ofIntent(ledger: Ledger, call: Call): Act {
  const intent = ledger.intents.get(call.id);
  if (intent === undefined) return refuse(noSuchIntent(call.id, 'intent'));
  return call.operation === 'confirm' ? confirm(ledger, intent, call) : cancel(intent);
}

/** The change that time has made to a payment since it was confirmed. */
export function settled(intent: PaymentIntent | undefined, nowMs: number): Effect[] {
  const { id, status, pending } = intent ?? {};
  if (id === undefined || status !== 'processing' || pending === undefined || nowMs < pending.until)
    return [];
  const { end } = pending;
  return [
    'error' in end ? { t: 'declined', id, error: end.error } : { t: 'charged', id, chargeId: end.chargeId },
  ];
}

export function noSuchIntent(id: string, param: string): Answer {
  return invalid(`No such payment_intent: '${id}'`, { code: 'resource_missing', param }, 404);
}

function refuse(answer: Answer): Act {
  return { effects: [], answer };
}

/** The effect of a payment method, saved or of the test methods. */
function effectOf(ledger: Ledger, id: string): Method | undefined {
  return methodOf(ledger.methods.get(id)?.card ?? id);
}

function create(ledger: Ledger, { form, nowMs }: Call): Act {
  const amount = form.integer('amount');
  const currency = form.get('currency');
  const method = form.get('payment_method') ?? null;
  const customer = form.get('customer') ?? null;
  const refusal = refuseAmount(amount, currency);
  if (refusal !== null || amount === undefined || currency === undefined)
    return refuse(refusal ?? invalid('Missing required param.'));
  if (method !== null && effectOf(ledger, method) === undefined) {
    const more = { code: 'resource_missing', param: 'payment_method' };
    return refuse(invalid(`No such PaymentMethod: '${method}'`, more));
  }
  const refusedMethod = refuseMethod(ledger.methods, method, customer);
  if (refusedMethod !== null) return refuse(refusedMethod);
  if (form.get('off_session') === 'true') {
    const message = '`off_session` can only be set when the PaymentIntent is confirmed.';
    return refuse(invalid(message, { param: 'off_session' }));
  }
  if (form.get('confirm') === 'true') return refuse(invalid('The simulator confirms in a call of its own.'));
  const id = newId('pi');
  const created = Math.floor(nowMs / 1000);
  const metadata = form.nested('metadata');
  return {
    effects: [
      {
        t: 'intent',
        id,
        amount,
        currency,
        method,
        metadata,
        created,
        ...(customer !== null && { customer }),
      },
    ],
    answer: { intent: id, as: method === null ? 'requires_payment_method' : 'requires_confirmation' },
  };
}

function unexpectedState(intent: PaymentIntent, verb: string): Act {
  const message = `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`;
  return refuse(
    invalid(message, { code: 'payment_intent_unexpected_state', payment_intent: intentShape(intent) }),
  );
}

function confirm(ledger: Ledger, intent: PaymentIntent, call: Call): Act {
  const { form, decline, nowMs, processForMs = 0 } = call;
  const methodId = form.get('payment_method') ?? intent.method;
  const method = methodId === null ? undefined : effectOf(ledger, methodId);
  const open = intent.status === 'requires_confirmation' || intent.status === 'requires_payment_method';
  if (!open || method === undefined) return unexpectedState(intent, 'confirm');
  const refusal = refuseMethod(ledger.methods, methodId, intent.customer ?? null);
  if (refusal !== null) return refuse(refusal);
  const used = useUp(ledger, methodId);
  // Whoever is not there to authenticate is declined; without either parameter the payment would wait for the customer.
  const isUnattended = [form.get('off_session'), form.get('error_on_requires_action')].includes('true');
  if (method.error?.code === 'authentication_required' && !isUnattended) {
    return {
      effects: [...used, { t: 'action', id: intent.id }],
      answer: { intent: intent.id, as: 'requires_action' },
    };
  }
  const error = method.error ?? (decline ? methodOf('pm_card_chargeDeclined')?.error : null);
  if (processForMs > 0) return process(intent, used, nowMs + processForMs, error ?? null);
  if (error) {
    const shown = {
      ...intentShape(intent, 'requires_payment_method'),
      payment_method: null,
      last_payment_error: { type: 'card_error', ...error },
    };
    return {
      effects: [...used, { t: 'declined', id: intent.id, error }],
      answer: { status: 402, error: { type: 'card_error', ...error, payment_intent: shown } },
    };
  }
  return {
    effects: [
      ...used,
      { t: 'charged', id: intent.id, chargeId: newId('ch') },
      ...(method.disputed ? [dispute(intent, { amount: intent.amount, nowMs })] : []),
    ],
    answer: { intent: intent.id, as: 'succeeded' },
  };
}

/** A created method that is attached to nobody is used up by an attempt, paid or declined. */
function useUp(ledger: Ledger, id: string | null): Effect[] {
  const method = id === null ? undefined : ledger.methods.get(id);
  return method?.customer === null ? [{ t: 'used-up', id: method.id }] : [];
}

function process({ id }: PaymentIntent, used: Effect[], until: number, error: CardError | null): Act {
  const end = error === null ? { chargeId: newId('ch') } : { error };
  return {
    effects: [...used, { t: 'processing', id, pending: { until, end } }],
    answer: { intent: id, as: 'processing' },
  };
}

function cancel(intent: PaymentIntent): Act {
  const isClosed = ['succeeded', 'canceled', 'processing'].includes(intent.status);
  if (isClosed) return unexpectedState(intent, 'cancel');
  return { effects: [{ t: 'canceled', id: intent.id }], answer: { intent: intent.id, as: 'canceled' } };
}

/** A dispute that the cardholder's bank opens. */
export function dispute(
  { id: intentId }: PaymentIntent,
  { amount, nowMs, status = 'needs_response' }: { amount: number; nowMs: number; status?: string },
): Effect {
  const created = Math.floor(nowMs / 1000);
  return { t: 'dispute', id: newId('dp'), intentId, amount, status, reason: 'fraudulent', created };
}

function refund(ledger: Ledger, { form, nowMs, refundStatus }: Call): Act {
  const intentId = form.get('payment_intent') ?? '';
  const intent = ledger.intents.get(intentId);
  if (intent === undefined) return refuse(noSuchIntent(intentId, 'payment_intent'));
  if (intent.status !== 'succeeded' || intent.chargeId === null) {
    return refuse(invalid('This PaymentIntent does not have a successful charge to refund.'));
  }
  const left = intent.amount - intent.refunded;
  if (left === 0) {
    const message = `Charge ${intent.chargeId} has already been refunded.`;
    return refuse(invalid(message, { code: 'charge_already_refunded' }));
  }
  const amount = form.integer('amount') ?? left;
  if (amount < 1 || amount > left) {
    return refuse(invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`));
  }
  if (ledger.disputesOfIntent(intentId).some(isWithdrawn)) {
    const message = `Charge ${intent.chargeId} has been charged back; cannot issue a refund.`;
    return refuse(invalid(message, { code: 'charge_disputed' }));
  }
  const id = newId('re');
  const status = refundStatus ?? effectOf(ledger, intent.method ?? '')?.refund ?? 'succeeded';
  const created = Math.floor(nowMs / 1000);
  const metadata = form.nested('metadata');
  return {
    effects: [{ t: 'refund', id, intentId, amount, status, created, metadata }],
    answer: { refund: id, as: status },
  };
}
