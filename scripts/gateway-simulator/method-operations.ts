/** Decides the calls on customers and payment methods; changes nothing itself. */
import type { Act, Call } from './act.ts';
import { type Answer, invalid } from './invalid.ts';
import type { Ledger } from './ledger.ts';
import { methodOf } from './methods.ts';
import { newId } from './new-id.ts';
import type { MethodEffect, SavedMethod } from './saved-methods.ts';

const TOKEN = 'tok_';

/** `POST /v1/customers`. */
export function createCustomer(): Act {
  const id = newId('cus');
  return { effects: [{ t: 'customer', id }], answer: { customer: id } };
}

/** `POST /v1/payment_methods` with a test token: `type=card&card[token]=tok_visa`. */
export function createMethod({ form }: Call): Act {
  const token = form.get('card[token]') ?? '';
  const card = `pm_card_${token.slice(TOKEN.length)}`;
  if (form.get('type') !== 'card' || !token.startsWith(TOKEN) || methodOf(card) === undefined) {
    return refused(invalid(`No such token: '${token}'`, { code: 'resource_missing', param: 'card[token]' }));
  }
  return made(newId('pm'), card, null);
}

/** `POST /v1/payment_methods/:id/attach`. A test method is attached as a new one, as at Stripe. */
export function attach(ledger: Ledger, { id, form }: Call): Act {
  const customer = form.get('customer') ?? '';
  if (!ledger.methods.customers.has(customer)) {
    const more = { code: 'resource_missing', param: 'customer' };
    return refused(invalid(`No such customer: '${customer}'`, more));
  }
  const method = ledger.methods.get(id);
  if (method === undefined) return methodOf(id) === undefined ? unknown(id) : made(newId('pm'), id, customer);
  if (method.isUsedUp) {
    const message =
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, ' +
      'and may not be used again.';
    return refused(invalid(message));
  }
  if (method.customer !== null && method.customer !== customer) {
    return refused(invalid('The payment method you provided has already been attached to a customer.'));
  }
  return changed({ ...method, customer }, { t: 'attached', id, customer });
}

/** `POST /v1/payment_methods/:id/detach`: the method can never be used again. */
export function detach(ledger: Ledger, { id }: Call): Act {
  const method = ledger.methods.get(id);
  if (method === undefined) return unknown(id);
  if (method.customer === null) {
    const message =
      'The payment method you provided is not attached to a customer so detachment is impossible.';
    return refused(invalid(message));
  }
  return changed({ ...method, customer: null }, { t: 'used-up', id });
}

function made(id: string, card: string, customer: string | null): Act {
  return changed({ id, card, customer }, { t: 'method', id, card, customer });
}

function changed({ id, card, customer }: Omit<SavedMethod, 'isUsedUp'>, effect: MethodEffect): Act {
  return { effects: [effect], answer: { method: id, card, customer } };
}

function refused(answer: Answer): Act {
  return { effects: [], answer };
}

function unknown(id: string): Act {
  const more = { code: 'resource_missing', param: 'payment_method' };
  return refused(invalid(`No such PaymentMethod: '${id}'`, more, 404));
}
