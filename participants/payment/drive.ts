/** Drives one claimed intent as far as it goes: asks the gateway, and says what came of it. Writes nothing but its id. */
import {
  type Gateway,
  GatewayOutage,
  GatewayRefusal,
  type OutageCode,
  type PaymentState,
} from './gateway.ts';
import type { Intent, Refusal } from './intent.ts';

/** What came of an intent. */
export type Result =
  | { readonly kind: 'charged' }
  | { readonly kind: 'declined'; readonly refusal: Refusal }
  | { readonly kind: 'undone'; readonly refundId: string | null }
  | { readonly kind: 'refundRefused'; readonly refusal: Refusal }
  /** Nothing was left to do but to say it: the process that did it died before it published. */
  | { readonly kind: 'unsaid' }
  /** Not known yet. `answered`: the next call needs another idempotency key. */
  | { readonly kind: 'later'; readonly code: OutageCode; readonly answered: boolean }
  /** Another worker holds it by now. */
  | { readonly kind: 'lost' };

export interface DriveParts {
  readonly gateway: Gateway;
  /** Stores the gateway's id durably; false when the claim is another's by now. */
  readonly keepId: (intent: Intent, gatewayId: string) => Promise<boolean>;
}

/**
 * One try. Every call is preceded by the question how the payment stands, unless it was created in this very try:
 * so an answer that was lost is found, and nothing is done twice.
 */
export async function drive(intent: Intent, parts: DriveParts): Promise<Result> {
  try {
    if (intent.outcome === 'open') {
      return intent.goal === 'charge' ? await charge(intent, parts) : await settle(intent, parts.gateway);
    }
    const refundDue =
      intent.outcome === 'charged' && intent.goal === 'undo' && !intent.undone && !intent.refundRefused;
    return refundDue ? await refund(intent, parts.gateway) : { kind: 'unsaid' };
  } catch (error) {
    if (!(error instanceof GatewayOutage)) throw error;
    return { kind: 'later', code: error.outage, answered: error.answered };
  }
}

async function charge(intent: Intent, { gateway, keepId }: DriveParts): Promise<Result> {
  const known = intent.gatewayId;
  let id = known;
  try {
    if (id === null) {
      id = await gateway.create(intent, keyOf(intent, 'create'));
      if (!(await keepId(intent, id))) return { kind: 'lost' };
    }
    let state: PaymentState = known === null ? { status: 'unconfirmed' } : await gateway.retrieve(id);
    if (state.status === 'unconfirmed') state = await gateway.confirm(id, keyOf(intent, 'confirm'));
    return outcomeOf(state);
  } catch (error) {
    if (!(error instanceof GatewayRefusal)) throw error;
    if (id === null) return { kind: 'declined', refusal: error.refusal };
    // Refused without having moved: closed, so that no call still under way can pay it after we said no.
    const closed = outcomeOf(await gateway.cancel(id, keyOf(intent, 'cancel')));
    return closed.kind === 'declined' ? { kind: 'declined', refusal: error.refusal } : closed;
  }
}

/** An undo has come: the charge is not tried again. What was not paid is forbidden, what was paid is told. */
async function settle(intent: Intent, gateway: Gateway): Promise<Result> {
  const id = intent.gatewayId;
  // Its id is stored before it is confirmed: without one no money can have moved, and nobody can confirm it now.
  if (id === null) return outcomeOf({ status: 'cancelled' });
  const state = await gateway.retrieve(id);
  return outcomeOf(
    state.status === 'unconfirmed' ? await gateway.cancel(id, keyOf(intent, 'cancel')) : state,
  );
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

/** The idempotency key of a call: of the command, the call, and the attempt where an answer must not be repeated. */
function keyOf({ commandId, keyNumber }: Intent, call: string): string {
  return keyNumber === 1 ? `${commandId}/${call}` : `${commandId}/${call}/${keyNumber}`;
}
