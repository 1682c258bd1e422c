/** Decides the effects and the answer of each call of the API; changes nothing itself. */
import { randomBytes } from 'node:crypto';
import type { Form } from './form.ts';
import type { Answer, Effect, Ledger, PaymentIntent } from './ledger.ts';
import { methodOf } from './methods.ts';
import { intentShape } from './stripe-shapes.ts';

/** A call that may change the ledger file. */
export type Operation = 'create' | 'confirm' | 'cancel' | 'refund';

/** The decision on a call. */
export interface Act {
  readonly effects: readonly Effect[];
  readonly answer: Answer;
}

export interface Call {
  readonly operation: Operation;
  /** Of confirm and cancel: the intent in the path. */
  readonly id: string;
  readonly form: Form;
  readonly nowMs: number;
  /** Declines under any method, as the behaviour demands. */
  readonly decline: boolean;
}

/** A 400 in Stripe's shape. */
export function invalid(message: string, more: Record<string, unknown> = {}, status = 400): Answer {
  return { status, error: { type: 'invalid_request_error', message, ...more } };
}

/** Decides one call against the ledger file as they are. */
export function act(ledger: Ledger, call: Call): Act {
  if (call.operation === 'create') return create(call);
  if (call.operation === 'refund') return refund(ledger, call);
  const intent = ledger.intents.get(call.id);
  if (intent === undefined) return refuse(noSuchIntent(call.id, 'intent'));
  return call.operation === 'confirm' ? confirm(intent, call) : cancel(intent);
}

export function noSuchIntent(id: string, param: string): Answer {
  return invalid(`No such payment_intent: '${id}'`, { code: 'resource_missing', param }, 404);
}

function refuse(answer: Answer): Act {
  return { effects: [], answer };
}

const newId = (prefix: string): string => `${prefix}_sim${randomBytes(12).toString('hex')}`;

function create({ form, nowMs }: Call): Act {
  const amount = form.integer('amount');
  const currency = form.get('currency');
  const method = form.get('payment_method') ?? null;
  if (amount === undefined || amount < 1) {
    return refuse(
      invalid('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' }),
    );
  }
  if (currency === undefined || !/^[a-z]{3}$/.test(currency)) {
    return refuse(
      invalid('Missing required param: currency.', { code: 'parameter_missing', param: 'currency' }),
    );
  }
  if (method !== null && methodOf(method) === undefined) {
    const more = { code: 'resource_missing', param: 'payment_method' };
    return refuse(invalid(`No such PaymentMethod: '${method}'`, more));
  }
  if (form.get('confirm') === 'true') return refuse(invalid('The simulator confirms in a call of its own.'));
  const id = newId('pi');
  const created = Math.floor(nowMs / 1000);
  const metadata = form.nested('metadata');
  return {
    effects: [{ t: 'intent', id, amount, currency, method, metadata, created }],
    answer: { intent: id, as: method === null ? 'requires_payment_method' : 'requires_confirmation' },
  };
}

function unexpectedState(intent: PaymentIntent, verb: string): Act {
  const message = `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`;
  return refuse(
    invalid(message, { code: 'payment_intent_unexpected_state', payment_intent: intentShape(intent) }),
  );
}

function confirm(intent: PaymentIntent, { form, decline }: Call): Act {
  const methodId = form.get('payment_method') ?? intent.method;
  const method = methodId === null ? undefined : methodOf(methodId);
  const open = intent.status === 'requires_confirmation' || intent.status === 'requires_payment_method';
  if (!open || method === undefined) return unexpectedState(intent, 'confirm');
  const error = method.error ?? (decline ? methodOf('pm_card_chargeDeclined')?.error : null);
  if (error) {
    const shown = {
      ...intentShape(intent, 'requires_payment_method'),
      payment_method: null,
      last_payment_error: { type: 'card_error', ...error },
    };
    return {
      effects: [{ t: 'declined', id: intent.id, error }],
      answer: { status: 402, error: { type: 'card_error', ...error, payment_intent: shown } },
    };
  }
  return {
    effects: [{ t: 'charged', id: intent.id, chargeId: newId('ch') }],
    answer: { intent: intent.id, as: 'succeeded' },
  };
}

function cancel(intent: PaymentIntent): Act {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return unexpectedState(intent, 'cancel');
  return { effects: [{ t: 'canceled', id: intent.id }], answer: { intent: intent.id, as: 'canceled' } };
}

function refund(ledger: Ledger, { form, nowMs }: Call): Act {
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
  const id = newId('re');
  const status = methodOf(intent.method ?? '')?.refund ?? 'succeeded';
  const created = Math.floor(nowMs / 1000);
  return { effects: [{ t: 'refund', id, intentId, amount, status, created }], answer: { refund: id } };
}
