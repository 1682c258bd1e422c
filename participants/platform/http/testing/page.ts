/** For tests: requests as a browser sends them for a page, and the headers by which it lets the page read the answer. */

/** The headers that a browser reads; null where the answer has none. */
export interface PageHeaders {
  readonly status: number;
  readonly vary: string | null;
  readonly allowed: Readonly<Record<string, string>>;
}

export interface PageRequest {
  /** null: no browser sends the request. */
  readonly origin: string | null;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request; its answer's status, `Vary` and every `Access-Control-…` header. */
export async function headersForPage(
  url: string,
  { origin, method = 'GET', headers = {}, body }: PageRequest,
): Promise<PageHeaders> {
  const response = await fetch(url, {
    method,
    headers: { ...(origin !== null && { origin }), ...headers },
    ...(body !== undefined && { body }),
  });
  await response.arrayBuffer();
  const allowed = [...response.headers].filter(([name]) => name.startsWith('access-control-'));
  return {
    status: response.status,
    vary: response.headers.get('vary'),
    allowed: Object.fromEntries(allowed),
  };
}

/** Sends the preflight of a page's request. */
export function preflight(url: string, origin: string, method: string): Promise<PageHeaders> {
  return headersForPage(url, {
    origin,
    method: 'OPTIONS',
    headers: {
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type,idempotency-key,traceparent',
    },
  });
}

/** The headers of every answer to a page of a listed origin. */
export const readableBy = (origin: string) => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'ETag,Location,Retry-After',
});

/** The headers of the answer to its preflight. */
export const permitted = (origin: string) => ({
  ...readableBy(origin),
  'access-control-allow-methods': 'GET,HEAD,POST',
  'access-control-allow-headers': 'authorization,content-type,idempotency-key,traceparent',
  'access-control-max-age': '7200',
});
