/** What is said on the WebSocket of results: JSON texts, both ways. */
import * as z from 'zod';
import { MAX_USER_LENGTH } from '#participants/coupon/events.ts';

/** What both ends must speak. */
export const PROTOCOL = 'coupon-results.v1';
/**
 * In front of a ticket, which travels as one more offered protocol: it is the only header a browser lets a page set, and
 * what stands in a URL ends up in the logs of every proxy on the way.
 */
export const TICKET_PROTOCOL = 'ticket.';

/** The largest text a client may send, bytes. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_NAMED = 1_000;
const MAX_ID_LENGTH = 800;

/** What a client wants to hear of. Each text adds to the ones before. */
const wanted = z.strictObject({
  /** Public ids of requests: what came of each is told once, then it is forgotten. */
  requests: z.array(z.string().min(1).max(MAX_ID_LENGTH)).max(MAX_NAMED).default([]),
  /** All results of some users, from now on. A customer may name itself. */
  users: z.array(z.string().min(1).max(MAX_USER_LENGTH)).max(MAX_NAMED).default([]),
  /** All results of some campaigns, from now on. Only for backends. */
  campaigns: z.array(z.uuid()).max(MAX_NAMED).default([]),
});
export type Wanted = z.infer<typeof wanted>;

/** A client's text; null when it is none of the protocol. */
export function readWanted(text: string): Wanted | null {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return null;
  }
  return wanted.safeParse(said).data ?? null;
}

/** Says what is listened for now; `unknown` are the ids among the requests that are not the client's, or nobody's. */
export function listeningText(counts: {
  requests: number;
  users: number;
  campaigns: number;
  unknown: readonly string[];
}): string {
  return JSON.stringify({ listening: counts });
}

/** Tells results, each of which is JSON text already: encoded once, however many hear it. */
export function resultsText(results: readonly string[]): string {
  return `{"results":[${results.join(',')}]}`;
}

/** Why we close a socket: the code and a word for the client. */
export const CLOSES = {
  'bad-message': { code: 1008, reason: 'not a message of this protocol' },
  'too-many': { code: 1008, reason: 'too much is listened for' },
  'too-often': { code: 1008, reason: 'messages come too often' },
  forbidden: { code: 1008, reason: 'not yours to listen to' },
  'too-slow': { code: 1013, reason: 'results are not read fast enough' },
  'too-old': { code: 1001, reason: 'come again with a new ticket' },
  'shutting-down': { code: 1001, reason: 'shutting down' },
} as const;
export type CloseReason = keyof typeof CLOSES;
