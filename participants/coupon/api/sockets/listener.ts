/** One open WebSocket: its principal, its subscriptions, and sending to it within a bound. */
import type { WebSocket } from 'ws';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { websocketsCut } from '../metrics.ts';
import type { RequestRef } from '../request-id.ts';
import { CLOSES, type CloseReason } from './protocol.ts';

/** Bytes that may lie unsent before a socket is closed: a customer gets few results, a backend up to 5,000 a second. */
const UNSENT_MAX_BYTES = { customer: 64 * 1024, backend: 4 * 1024 * 1024 };
/** A closing socket that does not answer is terminated, for its unsent bytes stay in memory. */
const CLOSE_WITHIN_MS = 2_000;

/** A request that a socket waits for, with the client's text for it. */
export interface Waiting {
  readonly listener: Listener;
  readonly text: string;
  readonly ref: RequestRef;
  readonly messageId: string;
}

export interface Listener {
  readonly socket: WebSocket;
  readonly principal: Principal;
  readonly openedAtMs: number;
  /** The requests it waits for, by the client's text. */
  readonly waiting: Map<string, Waiting>;
  readonly users: Set<string>;
  readonly campaigns: Set<string>;
  /** Whether it sent anything since the last ping. */
  isAlive: boolean;
}

/** A socket without subscriptions. */
export function newListener(socket: WebSocket, principal: Principal, nowMs: number): Listener {
  return {
    socket,
    principal,
    openedAtMs: nowMs,
    waiting: new Map(),
    users: new Set(),
    campaigns: new Set(),
    isAlive: true,
  };
}

/** Sends a text; closes a socket that does not read, for its unsent bytes take this process's memory. */
export function send(listener: Listener, text: string): void {
  const { socket, principal } = listener;
  if (socket.readyState !== socket.OPEN) return;
  const unsentMax = UNSENT_MAX_BYTES[principal.role === 'customer' ? 'customer' : 'backend'];
  if (socket.bufferedAmount > unsentMax) cut(listener, 'too-slow');
  else socket.send(text);
}

/** Closes a socket, and terminates it when it does not answer. */
export function cut({ socket }: Listener, why: CloseReason): void {
  if (socket.readyState !== socket.OPEN) return;
  websocketsCut.inc({ reason: why });
  const { code, reason } = CLOSES[why];
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS).unref();
}
