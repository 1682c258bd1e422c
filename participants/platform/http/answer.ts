/** Answers with JSON, serialised once: Express's own `json` also hashes and copies the body. */
import type { ServerResponse } from 'node:http';

/** Sends a body as JSON, and forbids caches to store it. */
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
