/** The control API under `/_sim/`: how the gateway behaves, and what its books hold. */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describeIssues } from '#protocol/codec.ts';
import { type Behaviours, behaviours as behavioursSchema } from './behaviour.ts';
import type { Books } from './books.ts';
import { orderSums, summary } from './sums.ts';

export interface ControlParts {
  readonly books: Books;
  readonly behaviours: Behaviours;
  /** Empties the books; undefined: not allowed. */
  readonly reset?: (() => Promise<void>) | undefined;
}

/** Answers one request to `/_sim/…`. */
export async function control(
  { books, behaviours, reset }: ControlParts,
  request: { method: string; path: string; body: string },
  response: ServerResponse,
): Promise<void> {
  const [pathname, query] = request.path.split('?', 2);
  const call = `${request.method} ${pathname}`;
  if (call === 'GET /_sim/behaviour') return json(response, 200, behaviours.get());
  if (call === 'PUT /_sim/behaviour') {
    const wanted = behavioursSchema.safeParse(parseJson(request.body));
    if (!wanted.success) return json(response, 400, { error: { message: describeIssues(wanted.error) } });
    behaviours.set(wanted.data);
    return json(response, 200, behaviours.get());
  }
  if (call === 'POST /_sim/forget-keys') {
    books.add([{ t: 'forgotten' }]);
    await books.durable();
    return json(response, 200, { forgotten: true });
  }
  if (call === 'GET /_sim/books/summary') {
    await books.durable();
    return json(response, 200, summary(books.ledger));
  }
  if (call === 'GET /_sim/books') {
    const named = new URLSearchParams(query).get('orderIds');
    await books.durable();
    return streamSums(books, named === null ? undefined : new Set(named.split(',')), response);
  }
  if (call === 'POST /_sim/reset') {
    if (reset === undefined) {
      return json(response, 403, {
        error: { message: 'start the simulator with GATEWAY_ALLOW_RESET=1 to allow this' },
      });
    }
    await reset();
    return json(response, 200, summary(books.ledger));
  }
  return json(response, 404, { error: { message: `no such control: ${call}` } });
}

/** One JSON object a line, one line an order. Lines are handed over in pieces, and waits where the reader is slow. */
async function streamSums(
  books: Books,
  only: Set<string> | undefined,
  response: ServerResponse,
): Promise<void> {
  const LINES_A_PIECE = 500;
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let piece: string[] = [];
  const send = async () => {
    if (piece.length > 0 && !response.write(`${piece.join('\n')}\n`)) {
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    piece = [];
  };
  for (const sum of orderSums(books.ledger, only)) {
    piece.push(JSON.stringify(sum));
    if (piece.length < LINES_A_PIECE) continue;
    await send();
    if (response.destroyed) return;
  }
  await send();
  response.end();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
