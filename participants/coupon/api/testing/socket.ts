/** For tests: a WebSocket as a client opens it, with what it heard. */
import { WebSocket } from 'ws';
import { eventually } from '../../../harness/testing/eventually.ts';
import type { Body, SendRequest } from '../../../wire/http/testing/client.ts';
import type { Role } from '../../../wire/tokens.ts';

export interface TestSocket {
  readonly socket: WebSocket;
  /** The results it was told. */
  readonly results: Body[];
  /** All texts that came, parsed. */
  readonly texts: Body[];
  say(said: unknown): void;
  /** The first text of a kind, once it is there. */
  heard(kind: string): Promise<Body>;
  /** So many results, once they are there. */
  told(count: number): Promise<Body[]>;
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
 * @returns the status it was refused with, else the socket
 */
export async function connect(
  url: string,
  protocols: string[],
  options: { origin?: string } = {},
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
  const refused = await new Promise<number | null>((resolve) => {
    socket.once('open', () => resolve(null));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('close', () => resolve(0));
  });
  if (refused !== null) return refused;
  return {
    socket,
    texts,
    results,
    say: (said) => socket.send(typeof said === 'string' ? said : JSON.stringify(said)),
    async heard(kind) {
      const found = await eventually(
        () => texts.find((text) => kind in text) ?? null,
        (text) => text !== null,
      );
      return found as Body;
    },
    told: (count) =>
      eventually(
        () => results,
        (all) => all.length >= count,
      ),
    async closed() {
      const at = await eventually(
        () => end.at,
        (seen) => seen !== null,
      );
      return at ?? { code: 0, reason: '' };
    },
  };
}

/** Opens a socket that must be let in. */
export async function listening(
  { url, request }: { url: string; request: SendRequest },
  as: Role,
  subject: string,
  said?: unknown,
): Promise<TestSocket> {
  const socket = await connect(url, await ticketFor(request, as, subject));
  if (typeof socket === 'number') throw new Error(`a socket was refused with ${socket}`);
  if (said !== undefined) {
    socket.say(said);
    await socket.heard('listening');
  }
  return socket;
}
