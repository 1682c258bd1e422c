/**
 * Web pages as clients (CORS): pages of listed origins may call the paths that are the customer's. It stands in front of the
 * whole server, so that every answer has the same headers, whichever code wrote it. Origins that are not listed get none.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import cors from 'cors';
import { observeRequest } from './request-trace.ts';

/** What a page may send and read. Browsers let it read no other header of an answer. */
const METHODS = ['GET', 'HEAD', 'POST'];
const SENT_HEADERS = ['authorization', 'content-type', 'idempotency-key', 'traceparent'];
const READ_HEADERS = ['ETag', 'Location', 'Retry-After'];
/** How long a browser may reuse a preflight's answer; Chromium caps it at this. */
const PREFLIGHT_MAX_AGE_S = 7_200;

/** The requests that pages may send. */
export interface ForPages {
  /** As browsers send them: `https://shop.example`. */
  readonly origins: readonly string[];
  /** Matches a request's target where its path is for pages. */
  readonly paths: RegExp;
}

/** A listener in front of another: it answers the preflights of listed origins, and allows their pages to read answers. */
export function forPages(listener: RequestListener, { origins, paths }: ForPages): RequestListener {
  if (origins.length === 0) return listener;
  const allow = cors({
    origin: [...origins],
    methods: METHODS,
    allowedHeaders: SENT_HEADERS,
    exposedHeaders: READ_HEADERS,
    // Tokens travel in a header; cookies would let a foreign page act for the customer.
    credentials: false,
    maxAge: PREFLIGHT_MAX_AGE_S,
  });
  return (request, response) => {
    if (!paths.test(request.url ?? '')) return listener(request, response);
    // Also for requests without an origin: a cache must not serve their answers to a page.
    response.setHeader('vary', 'Origin');
    const isListed = origins.includes(request.headers.origin ?? '');
    // A method that is neither simple nor allowed arrives only if it is no page's.
    if (!isListed || (request.method === 'OPTIONS' && !isPreflight(request))) {
      return listener(request, response);
    }
    if (request.method === 'OPTIONS') observeRequest(request, response, 'preflight');
    allow(request, response, () => listener(request, response));
  };
}

function isPreflight({ headers }: IncomingMessage): boolean {
  return headers['access-control-request-method'] !== undefined;
}

/** The paragraph of `openapi.json`. @param setting the variable that lists the origins */
export function aboutPages(setting: string, which: string): string {
  return (
    `Pages of the origins in \`${setting}\` may call ${which} (CORS, without credentials: the token travels in a header). They may ` +
    `send ${SENT_HEADERS.map((name) => `\`${name}\``).join(', ')}, and read ${READ_HEADERS.map((name) => `\`${name}\``).join(', ')}.`
  );
}
