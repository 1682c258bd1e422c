/**
 * Receives Stripe's webhooks, on a port of its own. An event is a hint to inspect its payment: nothing in it is believed
 * but the payment's id, so a repeated, late or out-of-order event is harmless. A request that fails is answered 503, and
 * Stripe sends it again.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import Stripe from 'stripe';
import type { CreateServer } from '#platform/http/tls.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { Inspector } from './inspect.ts';
import { webhookEvents } from './metrics.ts';

export const WEBHOOK_PATH = '/webhooks/stripe';
/** Stripe's events are some kilobytes. */
const MAX_BODY_BYTES = 256 * 1024;
/** An event signed longer ago is refused, as Stripe's libraries do. */
const TOLERANCE_S = 300;
/** Events handled at once; the rest is answered 503 and comes again. */
const MAX_UNDER_WAY = 16;
const REQUEST_TIMEOUT_MS = 10_000;
/** How long closing waits for the events under way. */
const CLOSE_MS = 5_000;

export interface WebhookOptions {
  readonly host: string;
  readonly port: number;
  /** With TLS or without. */
  readonly createServer: CreateServer;
  /** Read again for each request, so that a rotated secret counts at once; several lines are several valid secrets. */
  readonly secrets: () => readonly string[];
  readonly inspector: Inspector;
  readonly log: Logger;
}

/** Listens until it is closed; closing lets the events under way end. */
export async function openWebhook(
  options: WebhookOptions,
): Promise<{ port: number; close(): Promise<void> }> {
  const underWay = new Set<Promise<void>>();
  const server = options.createServer({}, (request, response) => {
    if (request.url !== WEBHOOK_PATH) return end(response, 404, 'no such path');
    if (request.method !== 'POST') return end(response, 405, 'POST only', { allow: 'POST' });
    if (underWay.size >= MAX_UNDER_WAY) return end(response, 503, 'busy', { 'retry-after': '5' });
    const handling = take(options, request).then(([status, outcome]) => {
      underWay.delete(handling);
      webhookEvents.inc({ outcome });
      end(response, status, outcome);
    });
    underWay.add(handling);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = 200;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async close() {
      const closed = once(server.close(), 'close');
      // An event that is being handled uses the database and the publisher, which its owner closes next.
      await Promise.race([Promise.all(underWay), delay(CLOSE_MS, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed.catch(() => {});
    },
  };
}

async function take(
  { secrets, inspector, log }: WebhookOptions,
  request: IncomingMessage,
): Promise<[number, string]> {
  const body = await read(request);
  if (body === null) return [413, 'too-large'];
  try {
    const event = verified(body, request.headers['stripe-signature'], secrets());
    if (event === null) return [400, 'bad-signature'];
    const paymentId = mayReturnMoney(event) ? paymentOf(event) : null;
    if (paymentId === null) return [200, 'ignored'];
    const isOurs = await inspector.inspect(paymentId);
    await inspector.publishIncidents();
    return [200, isOurs ? 'inspected' : 'not-ours'];
  } catch (error) {
    log.throttled('webhook', 'webhook-later', { error: messageOf(error) });
    return [503, 'later'];
  }
}

/** The event, where one of the secrets signed these very bytes within the tolerance. */
function verified(
  body: Buffer,
  signature: string | string[] | undefined,
  secrets: readonly string[],
): Stripe.Event | null {
  if (typeof signature !== 'string') return null;
  for (const secret of secrets) {
    try {
      return Stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_S);
    } catch {}
  }
  return null;
}

/**
 * Whether an event may tell of money that goes back. The success of a charge is no news, and to inspect it would cost the
 * gateway's account a call for every order; a charge that payment does not know is found by the comparison.
 */
function mayReturnMoney({ type }: Stripe.Event): boolean {
  return /^(?:refund\.|charge\.refund|charge\.dispute\.)/.test(type);
}

/** The payment an event is about: of a payment itself, of a charge, a refund or a dispute. */
function paymentOf({ data }: Stripe.Event): string | null {
  const object = data?.object as { id?: unknown; object?: unknown; payment_intent?: unknown } | undefined;
  const id = object?.object === 'payment_intent' ? object.id : object?.payment_intent;
  return typeof id === 'string' && /^pi_\w{1,200}$/.test(id) ? id : null;
}

/** The raw body; null where it is too large. */
async function read(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of request) {
      size += (piece as Buffer).length;
      if (size > MAX_BODY_BYTES) return null;
      pieces.push(piece as Buffer);
    }
  } catch {
    return Buffer.alloc(0);
  }
  return Buffer.concat(pieces);
}

function end(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ outcome: text }));
}

/**
 * The secrets in a file, one a line.
 * @throws Error when the file cannot be read or is empty
 */
export function secretsIn(file: string): () => readonly string[] {
  return () => {
    const secrets = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    if (secrets.length === 0) throw new Error(`configuration: ${file} holds no webhook secret`);
    return secrets;
  };
}
