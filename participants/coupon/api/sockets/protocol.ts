/** The protocol of the WebSocket of results: JSON texts in both directions. */
import * as z from 'zod';
import { MAX_USER_LENGTH } from '#participants/coupon/events.ts';

/** The subprotocol that a client must offer. */
export const PROTOCOL = 'coupon-results.v1';
/**
 * The prefix of a ticket. A client offers its ticket as one more subprotocol, the only header a browser lets a page set;
 * in a URL it would end up in the logs of every proxy on the way.
 */
export const TICKET_PROTOCOL = 'ticket.';

/** The largest text a client may send, bytes. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_NAMED = 1_000;
const MAX_ID_LENGTH = 800;

/** What a client subscribes to. Each text adds to the ones before. */
const subscription = z.strictObject({
  /** Public ids of requests: each delivers one result, and then ends. */
  requests: z.array(z.string().min(1).max(MAX_ID_LENGTH)).max(MAX_NAMED).default([]),
  /** All later results of some users. A customer may name itself only. */
  users: z.array(z.string().min(1).max(MAX_USER_LENGTH)).max(MAX_NAMED).default([]),
  /** All later results of some campaigns. Only for backends. */
  campaigns: z.array(z.uuid()).max(MAX_NAMED).default([]),
});
export type Subscription = z.infer<typeof subscription>;

/** Parses a client's text; null when it is not of this protocol. */
export function readSubscription(text: string): Subscription | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  return subscription.safeParse(parsed).data ?? null;
}

/** The answer to a subscription: the socket's counts; `unknown` lists ids that are forged or another user's. */
export function listeningText(counts: {
  requests: number;
  users: number;
  campaigns: number;
  unknown: readonly string[];
}): string {
  return JSON.stringify({ listening: counts });
}

/** A text of results, each JSON text already: one result is encoded once for all its subscribers. */
export function resultsText(results: readonly string[]): string {
  return `{"results":[${results.join(',')}]}`;
}

/** Why the server closes a socket: the code and the reason in the close frame. */
export const CLOSES = {
  'bad-message': { code: 1008, reason: 'not a message of this protocol' },
  'too-many': { code: 1008, reason: 'too much is listened for' },
  'too-often': { code: 1008, reason: 'messages come too often' },
  forbidden: { code: 1008, reason: 'not yours to listen to' },
  ended: { code: 1008, reason: 'your token or key no longer counts' },
  'too-slow': { code: 1013, reason: 'results are not read fast enough' },
  'too-old': { code: 1001, reason: 'come again with a new ticket' },
  'shutting-down': { code: 1001, reason: 'shutting down' },
} as const;
export type CloseReason = keyof typeof CLOSES;
