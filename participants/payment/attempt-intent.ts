/** One attempt at a claimed intent: calls the gateway and returns the result. Stores the payment's id, nothing else. */
import {
  type Gateway,
  GatewayOutage,
  GatewayRefusal,
  type OutageCode,
  type PaymentState,
} from './gateway.ts';
import type { Intent, Refusal } from './intent.ts';

/** The result of an attempt. */
export type Result =
  | { readonly kind: 'charged' }
  | { readonly kind: 'declined'; readonly refusal: Refusal }
  | { readonly kind: 'undone'; readonly refundId: string | null }
  | { readonly kind: 'refundRefused'; readonly refusal: Refusal }
  /** The outcome is recorded: the process that recorded it crashed before it published the reply. */
  | { readonly kind: 'unpublished' }
  /** The outcome is unknown yet. `answered`: the next call needs another idempotency key. */
  | { readonly kind: 'later'; readonly code: OutageCode; readonly answered: boolean }
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

async function refund(intent: Intent, gateway: Gateway): Promise<Result> {
  const id = intent.gatewayId;
  if (id === null) throw new Error(`${intent.commandId} was charged and has no gateway id`);
  const before = await gateway.refundOf(id);
  if (before?.status === 'done') return { kind: 'undone', refundId: before.id };
  try {
    const { id: refundId, status, text } = await gateway.refund(id, keyOf(intent, 'refund'));
    if (status === 'done') return { kind: 'undone', refundId };
    return { kind: 'refundRefused', refusal: { code: 'refund-failed', ...(text !== undefined && { text }) } };
  } catch (error) {
    if (!(error instanceof GatewayRefusal)) throw error;
    if (error.refusal.code === 'charge_already_refunded') return { kind: 'undone', refundId: null };
    return { kind: 'refundRefused', refusal: error.refusal };
  }
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
