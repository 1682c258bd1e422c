/**
 * The gateway's ledger: payment intents, refunds and saved answers. Every change is an effect, which can be replayed.
 */

import { type Dispute, isUnderWay, isWithdrawn, type Refund, type RefundStatus } from './reversals.ts';
import { type MethodEffect, SavedMethods } from './saved-methods.ts';

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'canceled';

/** A card's refusal, in Stripe's shape. */
export interface CardError {
  readonly code: string;
  readonly decline_code?: string;
  readonly message: string;
}

export interface PaymentIntent {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly created: number;
  readonly customer?: string;
  status: IntentStatus;
  /** While it is `processing`: what becomes of it, and when, in ms since 1970. */
  pending?: Pending;
  method: string | null;
  chargeId: string | null;
  lastError: CardError | null;
  /** Refunds that succeeded or are under way, in the minor unit: no more than the rest can be refunded. */
  refunded: number;
}

/** The later end of a confirmation. */
export interface Pending {
  readonly until: number;
  /** The charge, or the decline. */
  readonly end: { readonly chargeId: string } | { readonly error: CardError };
}
/** One change of the ledger file: a line of the file. Short names, for there are millions. */
export type Effect =
  | {
      readonly t: 'intent';
      readonly id: string;
      readonly amount: number;
      readonly currency: string;
      readonly method: string | null;
      readonly metadata: Record<string, string>;
      readonly created: number;
      readonly customer?: string;
    }
  | { readonly t: 'processing'; readonly id: string; readonly pending: Pending }
  | { readonly t: 'action'; readonly id: string }
  | { readonly t: 'charged'; readonly id: string; readonly chargeId: string }
  | { readonly t: 'declined'; readonly id: string; readonly error: CardError }
  | { readonly t: 'canceled'; readonly id: string }
  | ({ readonly t: 'refund' } & Refund)
  | MethodEffect
  | { readonly t: 'refund moved'; readonly id: string; readonly status: RefundStatus; readonly at?: number }
  | ({ readonly t: 'dispute' } & Dispute)
  | { readonly t: 'dispute moved'; readonly id: string; readonly status: string; readonly at?: number }
  | ({ readonly t: 'saved'; readonly key: string } & Saved)
  | { readonly t: 'forgotten' };

/** A request's answer in a compact form: the object it showed, and its status. */
export type Answer =
  | { readonly intent: string; readonly as: IntentStatus }
  /** `as`: the status it had when the answer was first given. */
  | { readonly refund: string; readonly as?: RefundStatus }
  | { readonly customer: string }
  | { readonly method: string; readonly card: string; readonly customer: string | null }
  | { readonly status: number; readonly error: Readonly<Record<string, unknown>> };

/** The answer saved under an idempotency key. */
export interface Saved {
  readonly hash: string;
  readonly at: number;
  readonly answer: Answer;
}

const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

/** The ledger file in memory. Only `apply` changes them. */
export class Ledger {
  readonly intents = new Map<string, PaymentIntent>();
  readonly refunds = new Map<string, Refund>();
  /** The ids of an intent's refunds, oldest first. */
  readonly refundsOf = new Map<string, string[]>();
  readonly disputes = new Map<string, Dispute>();
  readonly methods = new SavedMethods();
  /** In the order they were saved, so that the oldest are found first. */
  readonly #saved = new Map<string, Saved>();

  apply(effect: Effect): void {
    switch (effect.t) {
      case 'intent': {
        const { t, method, ...intent } = effect;
        const status = method === null ? 'requires_payment_method' : 'requires_confirmation';
        this.intents.set(intent.id, {
          ...intent,
          method,
          status,
          chargeId: null,
          lastError: null,
          refunded: 0,
        });
        return;
      }
      case 'charged':
        Object.assign(this.#intent(effect.id), {
          status: 'succeeded',
          chargeId: effect.chargeId,
          lastError: null,
        });
        return;
      case 'declined':
        // As at Stripe, a declined method is detached: the intent cannot be confirmed again as it is.
        Object.assign(this.#intent(effect.id), {
          status: 'requires_payment_method',
          method: null,
          lastError: effect.error,
        });
        return;
      case 'processing':
        Object.assign(this.#intent(effect.id), { status: 'processing', pending: effect.pending });
        return;
      case 'action':
        this.#intent(effect.id).status = 'requires_action';
        return;
      case 'canceled':
        this.#intent(effect.id).status = 'canceled';
        return;
      case 'refund': {
        const { t, ...refund } = effect;
        this.refunds.set(refund.id, refund);
        const others = this.refundsOf.get(refund.intentId);
        if (others === undefined) this.refundsOf.set(refund.intentId, [refund.id]);
        else others.push(refund.id);
        if (isUnderWay(refund.status)) this.#intent(refund.intentId).refunded += refund.amount;
        return;
      }
      case 'refund moved': {
        const refund = this.refunds.get(effect.id);
        if (refund === undefined) throw new Error(`the ledger names ${effect.id} before it creates it`);
        const change = Number(isUnderWay(effect.status)) - Number(isUnderWay(refund.status));
        this.#intent(refund.intentId).refunded += change * refund.amount;
        this.refunds.set(effect.id, { ...refund, status: effect.status, movedAt: effect.at });
        return;
      }
      case 'dispute': {
        const { t, ...dispute } = effect;
        this.disputes.set(dispute.id, dispute);
        return;
      }
      case 'dispute moved': {
        const dispute = this.disputes.get(effect.id);
        if (dispute !== undefined)
          this.disputes.set(effect.id, { ...dispute, status: effect.status, movedAt: effect.at });
        return;
      }
      case 'saved': {
        const { t, key, ...saved } = effect;
        this.#saved.set(key, saved);
        return;
      }
      case 'forgotten':
        this.#saved.clear();
        return;
      default:
        this.methods.apply(effect);
    }
  }

  /** The refunds of an intent, oldest first. */
  refundsOfIntent(id: string): Refund[] {
    return (this.refundsOf.get(id) ?? []).flatMap((refund) => this.refunds.get(refund) ?? []);
  }

  disputesOfIntent(id: string): Dispute[] {
    return [...this.disputes.values()].filter(({ intentId }) => intentId === id);
  }

  /** What went back of an intent: refunds that succeeded, and disputes that withdrew their amount. */
  returned(id: string): number {
    const refunds = this.refundsOfIntent(id).filter(({ status }) => status === 'succeeded');
    const disputes = this.disputes.size === 0 ? [] : this.disputesOfIntent(id).filter(isWithdrawn);
    return [...refunds, ...disputes].reduce((sum, { amount }) => sum + amount, 0);
  }

  /** The answer saved under a key, unless 24 h have passed. */
  saved(key: string, nowMs: number): Saved | undefined {
    for (const [oldKey, { at }] of this.#saved) {
      if (at > nowMs - FORGOTTEN_AFTER_MS) break;
      this.#saved.delete(oldKey);
    }
    return this.#saved.get(key);
  }

  get savedCount(): number {
    return this.#saved.size;
  }

  /** Empties the ledgerFile. */
  clear(): void {
    const all = [this.intents, this.refunds, this.refundsOf, this.disputes, this.#saved, this.methods];
    for (const map of all) map.clear();
  }

  #intent(id: string): PaymentIntent {
    const intent = this.intents.get(id);
    if (intent === undefined) throw new Error(`the ledgerFile name ${id} before they create it`);
    return intent;
  }
}
