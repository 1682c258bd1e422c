/** For tests: requests to the API, and an order that is valid. */
import type { Role } from '../../../participants/wire/tokens.ts';

/** A body as a test reads it: any field, or none. */
export type Body = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Request {
  /** In whose name; null: nobody's. */
  readonly as?: Role | null;
  readonly subject?: string;
  readonly method?: string;
  /** Sent as JSON, unless it is a text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Client {
  request(path: string, request?: Request): Promise<Answer>;
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
  shippingAddress: { country: 'DE', line1: 'Hidden Lane 7' },
};

/** A client that signs its own tokens. */
export function clientOf(url: string, token: (role: Role, subject?: string) => Promise<string>): Client {
  const request: Client['request'] = async (
    path,
    { as = 'service', subject, method, body, headers = {} } = {},
  ) => {
    const authorization = as === null ? {} : { authorization: `Bearer ${await token(as, subject)}` };
    const response = await fetch(url + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { 'content-type': 'application/json', ...authorization, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : (JSON.parse(text) as Body),
    };
  };
  return {
    request,
    async placed(change = {}, headers = {}) {
      const { status, body } = await request('/v1/orders', { body: { ...ORDER, ...change }, headers });
      if (status !== 202) throw new Error(`an order was answered ${status}: ${JSON.stringify(body)}`);
      return String(body.orderId);
    },
  };
}
