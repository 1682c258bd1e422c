/** Refuses the payment methods that Stripe refuses for a payment. */
import { type Answer, invalid } from './invalid.ts';
import type { SavedMethods } from './saved-methods.ts';

const USED_UP =
  'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a ' +
  'connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a ' +
  'PaymentMethod multiple times, you must attach it to a Customer first.';

/** The refusal of a method for a payment of a customer or of none, or null. A test method is taken for anybody. */
export function refuseMethod(saved: SavedMethods, id: string | null, customer: string | null): Answer | null {
  if (customer !== null && !saved.customers.has(customer)) {
    const more = { code: 'resource_missing', param: 'customer' };
    return invalid(`No such customer: '${customer}'`, more);
  }
  const method = id === null ? undefined : saved.get(id);
  if (method === undefined) return null;
  if (method.isUsedUp) return invalid(USED_UP);
  if (method.customer === null || method.customer === customer) return null;
  if (customer === null) {
    const message =
      `The \`payment_method\` parameter supplied ${method.id} belongs to the Customer ${method.customer}. ` +
      'Please include the Customer in the `customer` parameter on the PaymentIntent.';
    return invalid(message, { code: 'parameter_missing', param: 'customer' });
  }
  return invalid(
    `The PaymentMethod ${method.id} does not belong to the Customer you supplied ${customer}. ` +
      'Please use this PaymentMethod with the Customer that it belongs to instead.',
  );
}
