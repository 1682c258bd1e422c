/**
 * For tests: as much of a browser as `page/customer.js` uses, in Node: `localStorage`, `fetch` and `WebSocket` of a page of some
 * origin. Its `fetch` enforces the Fetch standard's CORS protocol: it sends preflights, and hides what it may not show.
 */
import { WebSocket } from 'ws';

/** What `page/customer.js` stores of a request. */
export interface StoredRequest {
  readonly key: string;
  readonly status: string;
  readonly requestId?: string;
  readonly couponId?: string;
  readonly reason?: string;
  readonly order?: {
    readonly status: string;
    readonly charged?: number;
    readonly discount?: number;
    readonly reason?: string;
  };
}

/** `page/customer.js`, which is checked with the browser's types. */
export interface PageCustomer {
  readonly requests: readonly StoredRequest[];
  readonly connection: string;
  resume(): void;
  follow(): void;
  request(campaignId: string): Promise<void>;
  order(key: string, card: string): Promise<void>;
  cancel(key: string): Promise<string | null>;
}
interface CustomerOptions {
  readonly id: string;
  readonly orders: string;
  readonly coupons: string;
  readonly logIn: () => Promise<string>;
  readonly changed: () => void;
}

/** Headers and methods that need no permission. */
const SAFE_HEADERS = ['accept', 'accept-language', 'content-language'];
const SAFE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
const SAFE_METHODS = ['GET', 'HEAD', 'POST'];
/** Headers of an answer that a page reads without permission. */
const READABLE = ['cache-control', 'content-length', 'content-type', 'expires', 'last-modified'];

/** Turns this process into a page of an origin; `undo` turns it back. */
export async function becomePage(origin: string): Promise<{
  newCustomer(options: CustomerOptions): PageCustomer;
  fetch: typeof fetch;
  undo(): void;
}> {
  const before = Object.getOwnPropertyDescriptors(globalThis);
  const events = new EventTarget();
  const pageFetch = fetchFrom(origin, globalThis.fetch);
  const globals = {
    fetch: pageFetch,
    localStorage: storage(),
    WebSocket: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { origin });
        this.on('error', () => {});
      }
    },
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const file = new URL('../page/customer.js', import.meta.url).href;
  const { Customer } = (await import(file)) as { Customer: new (options: CustomerOptions) => PageCustomer };
  return {
    newCustomer: (options) => new Customer(options),
    fetch: pageFetch,
    undo() {
      for (const name of Object.keys(globals)) {
        const old = before[name as keyof typeof before];
        if (old === undefined) Reflect.deleteProperty(globalThis, name);
        else Object.defineProperty(globalThis, name, old);
      }
    },
  };
}

function fetchFrom(origin: string, send: typeof fetch): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input), origin);
    const headers = new Headers(init.headers);
    headers.set('origin', origin);
    if (url.origin === origin) return send(url, { ...init, headers });
    const method = init.method ?? 'GET';
    const unsafe = [...headers].flatMap(([name, value]) => (isSafe(name, value) ? [] : [name])).sort();
    if (unsafe.length > 0 || !SAFE_METHODS.includes(method))
      await preflight(send, url, origin, method, unsafe);
    const response = await send(url, { ...init, headers });
    if (!allows(response, origin))
      throw new TypeError(`${url.origin} does not allow ${origin} to read its answer`);
    const exposed = [...READABLE, ...listIn(response, 'access-control-expose-headers')];
    const shown = [...response.headers].filter(([name]) => exposed.includes(name));
    return new Response(await response.arrayBuffer(), { status: response.status, headers: shown });
  };
}

async function preflight(
  send: typeof fetch,
  url: URL,
  origin: string,
  method: string,
  headers: readonly string[],
): Promise<void> {
  const response = await send(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers.length > 0 && { 'access-control-request-headers': headers.join(',') }),
    },
  });
  const methods = [...SAFE_METHODS, ...listIn(response, 'access-control-allow-methods').map(String)];
  const names = listIn(response, 'access-control-allow-headers');
  const isAllowed =
    response.ok &&
    allows(response, origin) &&
    methods.includes(method) &&
    headers.every((name) => names.includes(name));
  if (!isAllowed) throw new TypeError(`${url.origin} does not permit ${origin} to ${method} ${url.pathname}`);
}

const allows = (response: Response, origin: string) =>
  response.headers.get('access-control-allow-origin') === origin;

function listIn(response: Response, header: string): string[] {
  return (response.headers.get(header) ?? '').split(',').map((one) => one.trim().toLowerCase());
}

function isSafe(name: string, value: string): boolean {
  if (name === 'origin' || SAFE_HEADERS.includes(name)) return true;
  return name === 'content-type' && SAFE_TYPES.includes(value.split(';')[0] ?? '');
}

/** The part of `Storage` that the page uses. */
function storage() {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (index: number) => [...items.keys()][index] ?? null,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
}
