/** Answers with JSON, serialised once: Express's own `json` also hashes and copies the body. */
import type { ServerResponse } from 'node:http';
import { TextBody } from './operation.ts';

/** Sends a body as JSON, and forbids caches to store it. A closing server may have answered already: see `listen`. */
export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) return;
  const isText = body instanceof TextBody;
  const text = isText ? body.text : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': isText ? `${body.type}; charset=utf-8` : 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}
