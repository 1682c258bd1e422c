/** One attempt at a claimed intent: calls the gateway and returns the result. Stores the payment's id, nothing else. */
import {
  type Gateway,
  GatewayOutage,
  GatewayRefusal,
  type OutageCode,
  type PaymentState,
} from './gateway.ts';
import type { Intent, Refusal } from './intent.ts';
import { type Money, type Reversal, sumsOf } from './reversal.ts';

/** The result of an attempt. */
export type Result =
  | { readonly kind: 'charged' }
  | { readonly kind: 'declined'; readonly refusal: Refusal }
  /** All that was received is back with the customer. */
  | { readonly kind: 'undone'; readonly refundId: string | null; readonly money: Money }
  /** `money`: as seen before the refusal. */
  | { readonly kind: 'refundRefused'; readonly refusal: Refusal; readonly money: Money }
  /** The outcome is recorded: the process that recorded it crashed before it published the reply. */
  | { readonly kind: 'unpublished' }
  /** The outcome is unknown yet. `answered`: the next call needs another idempotency key. */
  | {
      readonly kind: 'later';
      readonly code: OutageCode;
      readonly answered: boolean;
      /** Of `refund-pending`: the money as seen, and the refund that is under way. */
      readonly money?: Money;
      readonly refundId?: string | null;
    }
  /** Another worker has claimed it meanwhile. */
  | { readonly kind: 'lost' };

export interface AttemptParts {
  readonly gateway: Gateway;
  /** Stores the gateway's id durably; false once another worker has claimed the intent. */
  readonly keepId: (intent: Intent, gatewayId: string) => Promise<boolean>;
}

/**
 * Makes one attempt. It reads the payment's state before every other call, unless it created the payment itself: so it
 * finds the effect of a call whose answer was lost, and repeats none.
 */
export async function attemptIntent(intent: Intent, parts: AttemptParts): Promise<Result> {
  try {
    if (intent.outcome === 'open') {
      return intent.goal === 'charge' ? await charge(intent, parts) : await settle(intent, parts.gateway);
    }
    const refundDue =
      intent.outcome === 'charged' && intent.goal === 'undo' && !intent.undone && !intent.refundRefused;
    return refundDue ? await refund(intent, parts.gateway) : { kind: 'unpublished' };
  } catch (error) {
    if (!(error instanceof GatewayOutage)) throw error;
    return { kind: 'later', code: error.outage, answered: error.answered };
  }
}

const AUTHENTICATION_REQUIRED: Refusal = {
  code: 'authentication_required',
  text: 'The payment method requires the customer’s authentication.',
};

async function charge(intent: Intent, { gateway, keepId }: AttemptParts): Promise<Result> {
  const known = intent.gatewayId;
  let id = known;
  try {
    if (id === null) {
      id = await gateway.create(intent, keyOf(intent, 'create'));
      if (!(await keepId(intent, id))) return { kind: 'lost' };
    }
    let state: PaymentState = known === null ? { status: 'unconfirmed' } : await gateway.retrieve(id);
    const offSession = intent.gatewayCustomer !== null;
    if (state.status === 'unconfirmed')
      state = await gateway.confirm(id, keyOf(intent, 'confirm'), offSession);
    if (state.status === 'actionRequired') throw new GatewayRefusal(AUTHENTICATION_REQUIRED);
    return outcomeOf(state);
  } catch (error) {
    if (!(error instanceof GatewayRefusal)) throw error;
    if (id === null) return { kind: 'declined', refusal: error.refusal };
    // The gateway refused an unconfirmed payment, or waits for a customer who is not there: cancel it, so that no call under way can pay it after the decline.
    const closed = outcomeOf(await gateway.cancel(id, keyOf(intent, 'cancel')));
    return closed.kind === 'declined' ? { kind: 'declined', refusal: error.refusal } : closed;
  }
}

/** An undo came: cancels an unpaid payment, reports a paid one, and attempts no charge. */
async function settle(intent: Intent, gateway: Gateway): Promise<Result> {
  const id = intent.gatewayId;
  // A payment's id is stored before it is confirmed: without an id no money moved, and no worker can confirm it now.
  if (id === null) return outcomeOf({ status: 'cancelled' });
  const state = await gateway.retrieve(id);
  const isOpen = state.status === 'unconfirmed' || state.status === 'actionRequired';
  return outcomeOf(isOpen ? await gateway.cancel(id, keyOf(intent, 'cancel')) : state);
}

/**
 * Pays back what is still owed: what was received less what went back and what is under way, whoever sent it. A refund
 * that is under way is not paid back yet; one that failed is refused, and a new undo makes another.
 */
async function refund(intent: Intent, gateway: Gateway): Promise<Result> {
  const id = intent.gatewayId;
  if (id === null) throw new Error(`${intent.commandId} was charged and has no gateway id`);
  const money = await gateway.moneyOf(id);
  const made = money.reversals.find((one) => one.id === intent.refundId);
  if (made?.state === 'failed') return refundFailed(made, money);
  const { owed } = sumsOf(money);
  if (owed === 0) return refundedOrPending(money, made?.id ?? null);
  try {
    const fresh = await gateway.refund(id, owed, intent.currency, keyOf(intent, 'refund'));
    const reversals = [...money.reversals.filter((one) => one.id !== fresh.id), fresh];
    const after = { ...money, reversals };
    return fresh.state === 'failed' ? refundFailed(fresh, after) : refundedOrPending(after, fresh.id);
  } catch (error) {
    if (!(error instanceof GatewayRefusal)) throw error;
    // Somebody else's refund came in between: the next attempt sees it.
    if (error.refusal.code === 'charge_already_refunded')
      return { kind: 'later', code: 'gateway-busy', answered: true };
    return { kind: 'refundRefused', refusal: error.refusal, money };
  }
}

function refundedOrPending(money: Money, refundId: string | null): Result {
  const { settled, owed } = sumsOf(money);
  if (settled >= money.received)
    return { kind: 'undone', refundId: refundId ?? money.reversals.at(-1)?.id ?? null, money };
  // A refund that was answered again under its key may be older than the state seen: the next attempt decides.
  const code = owed > 0 ? 'gateway-busy' : 'refund-pending';
  return { kind: 'later', code, answered: owed > 0, money, refundId };
}

function refundFailed({ id, status }: Reversal, money: Money): Result {
  return { kind: 'refundRefused', refusal: { code: 'refund-failed', text: `${id}: ${status}` }, money };
}

function outcomeOf(state: PaymentState): Result {
  switch (state.status) {
    case 'succeeded':
      return { kind: 'charged' };
    case 'declined':
      return { kind: 'declined', refusal: state.refusal };
    case 'cancelled':
      return { kind: 'declined', refusal: { code: 'cancelled' } };
    default:
      return { kind: 'later', code: 'gateway-processing', answered: false };
  }
}

/** A call's idempotency key: the command, the call, and a number where the gateway must not repeat its answer. */
function keyOf({ commandId, keyNumber }: Intent, call: string): string {
  return keyNumber === 1 ? `${commandId}/${call}` : `${commandId}/${call}/${keyNumber}`;
}
