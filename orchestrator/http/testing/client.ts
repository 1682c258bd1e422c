/** For tests: requests to the API, and a valid order. */
import { type Body, requestsTo, type SendRequest, type SignToken } from '#platform/http/testing/client.ts';

export type { Answer, Body, Request } from '#platform/http/testing/client.ts';

export interface Client {
  readonly request: SendRequest;
  /** Places a valid order, changed as given, and returns its id. */
  placed(change?: Body, headers?: Readonly<Record<string, string>>): Promise<string>;
}

/** A valid order. */
export const ORDER = {
  customerId: 'alice',
  items: [{ sku: 'SKU-0001', quantity: 2 }],
  currency: 'EUR',
  amount: 4_990,
  payment: { method: 'pm_card_visa' },
  shippingAddress: { country: 'DE', line1: 'Hidden Street 7' },
};

/** A client that signs its own tokens. */
export function clientOf(url: string, token: SignToken): Client {
  const request = requestsTo(url, token);
  return {
    request,
    async placed(change = {}, headers = {}) {
      const { status, body } = await request('/v1/orders', { body: { ...ORDER, ...change }, headers });
      if (status !== 202) throw new Error(`an order was answered ${status}: ${JSON.stringify(body)}`);
      return String(body.orderId);
    },
  };
}
