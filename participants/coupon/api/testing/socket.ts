/** For tests: a WebSocket as a client opens it, with the texts it received. */
import type { IncomingMessage } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import type { Body, SendRequest } from '#platform/http/testing/client.ts';
import { checkBy, openApiOf } from '#platform/http/testing/openapi.ts';
import type { Role } from '#platform/process/auth-tokens.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';

export interface TestSocket {
  readonly socket: WebSocket;
  /** The results it received. */
  readonly results: Body[];
  /** All texts it received, parsed. */
  readonly texts: Body[];
  send(message: unknown): void;
  /** The first text of a kind, once it arrives. */
  received(kind: string): Promise<Body>;
  /** All results, once there are so many. */
  resultsReceived(count: number): Promise<Body[]>;
  closed(): Promise<{ code: number; reason: string }>;
}

/** A ticket, and the protocols to offer with it. */
export async function ticketFor(request: SendRequest, as: Role, subject?: string): Promise<string[]> {
  const { status, body } = await request('/v1/coupon-results/tickets', {
    as,
    method: 'POST',
    ...(subject !== undefined && { subject }),
  });
  if (status !== 201) throw new Error(`a ticket was answered ${status}: ${JSON.stringify(body)}`);
  return body.protocols as string[];
}

/**
 * Opens a socket.
 * @param options `isDescribed` is false at a server that has no `openapi.json`
 * @returns the socket, or the status of the refusal
 */
export async function connect(
  url: string,
  protocols: string[],
  { isDescribed = true, ...options }: { origin?: string; isDescribed?: boolean } = {},
): Promise<TestSocket | number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/coupon-results`, protocols, options);
  const texts: Body[] = [];
  const results: Body[] = [];
  const end: { at: { code: number; reason: string } | null } = { at: null };
  socket.on('message', (data) => {
    const text = JSON.parse(String(data)) as Body;
    texts.push(text);
    if (Array.isArray(text.results)) results.push(...text.results);
  });
  socket.on('error', () => {});
  socket.on('close', (code, reason) => {
    end.at = { code, reason: String(reason) };
  });
  const refused = await new Promise<IncomingMessage | 0 | null>((resolve) => {
    socket.once('open', () => resolve(null));
    socket.once('unexpected-response', (_request, response) => resolve(response));
    socket.once('close', () => resolve(0));
  });
  if (refused === 0) return 0;
  if (refused !== null) {
    if (isDescribed) await checkRefusal(socket.url, refused);
    return refused.statusCode ?? 0;
  }
  return {
    socket,
    texts,
    results,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async received(kind) {
      const found = await waitUntil(
        () => texts.find((text) => kind in text) ?? null,
        (text) => text !== null,
      );
      return found as Body;
    },
    resultsReceived: (count) =>
      waitUntil(
        () => results,
        (all) => all.length >= count,
      ),
    async closed() {
      const at = await waitUntil(
        () => end.at,
        (close) => close !== null,
      );
      return at ?? { code: 0, reason: '' };
    },
  };
}

/** Checks a refused upgrade against `openapi.json`. */
async function checkRefusal(url: string, response: IncomingMessage): Promise<void> {
  const { origin, pathname } = new URL(url.replace('ws', 'http'));
  const headers = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
  const check = checkBy(await openApiOf(origin));
  const status = response.statusCode ?? 0;
  check({ method: 'GET', path: pathname }, { status, headers, text: await textOf(response) });
}

/** Opens a socket that must not be refused, and sends its first message. */
export async function listening(
  { url, request }: { url: string; request: SendRequest },
  as: Role,
  subject: string,
  message?: unknown,
): Promise<TestSocket> {
  const socket = await connect(url, await ticketFor(request, as, subject));
  if (typeof socket === 'number') throw new Error(`a socket was refused with ${socket}`);
  if (message !== undefined) {
    socket.send(message);
    await socket.received('listening');
  }
  return socket;
}
