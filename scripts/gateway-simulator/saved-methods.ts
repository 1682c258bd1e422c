/**
 * Customers and their payment methods, as far as a charge depends on them: whom a method is attached to, and that one
 * that is attached to nobody pays once. The test methods `pm_card_…` are none of them: at Stripe each use makes a new one.
 */
/** A payment method that somebody created. */
export interface SavedMethod {
  readonly id: string;
  /** The test method that it behaves as: `pm_card_visa`. */
  readonly card: string;
  readonly customer: string | null;
  /** Used without being attached, or detached: it can never be used again. */
  readonly isUsedUp: boolean;
}

export type MethodEffect =
  | { readonly t: 'customer'; readonly id: string }
  | { readonly t: 'method'; readonly id: string; readonly card: string; readonly customer: string | null }
  | { readonly t: 'attached'; readonly id: string; readonly customer: string }
  | { readonly t: 'used-up'; readonly id: string };

/** The customers and methods. Only `apply` changes them. */
export class SavedMethods {
  readonly customers = new Set<string>();
  readonly #methods = new Map<string, SavedMethod>();

  get(id: string): SavedMethod | undefined {
    return this.#methods.get(id);
  }

  apply(effect: MethodEffect): void {
    if (effect.t === 'customer') {
      this.customers.add(effect.id);
      return;
    }
    if (effect.t === 'method') {
      const { id, card, customer } = effect;
      this.#methods.set(id, { id, card, customer, isUsedUp: false });
      return;
    }
    const method = this.#methods.get(effect.id);
    if (method === undefined) throw new Error(`the ledger names ${effect.id} before it was created`);
    const change =
      effect.t === 'attached' ? { customer: effect.customer } : { customer: null, isUsedUp: true };
    this.#methods.set(effect.id, { ...method, ...change });
  }

  clear(): void {
    this.customers.clear();
    this.#methods.clear();
  }
}
