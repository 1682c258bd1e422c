/** Answers with JSON whose text is made once: Express's own `json` hashes and copies what we do not need. */
import type { ServerResponse } from 'node:http';

/** Sends a body as JSON. Nothing of it may be kept by caches: it is about this moment. */
export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}
