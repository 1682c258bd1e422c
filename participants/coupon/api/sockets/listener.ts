/** One open WebSocket: who it is, what it listens for, and what is sent to it, with a bound on all of it. */
import type { WebSocket } from 'ws';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { websocketsCut } from '../metrics.ts';
import type { RequestRef } from '../request-id.ts';
import { CLOSES, type CloseReason } from './protocol.ts';

/** What may lie unsent for a socket before it is closed, bytes: a customer hears little, a backend up to 5,000 results a second. */
const UNSENT_MAX_BYTES = { customer: 64 * 1024, backend: 4 * 1024 * 1024 };
/** A socket told to close that does not answer is cut: it keeps what lies unsent in memory. */
const CLOSE_WITHIN_MS = 2_000;

/** A request that a socket waits for, under the text its client named it by. */
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
  /** What it waits for, by the client's text. */
  readonly waiting: Map<string, Waiting>;
  readonly users: Set<string>;
  readonly campaigns: Set<string>;
  /** Whether anything came since it was last asked. */
  isAlive: boolean;
}

/** A socket that listens for nothing yet. */
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

/** Sends a text; a socket that does not read what it was sent is closed, for its memory is ours. */
export function send(listener: Listener, text: string): void {
  const { socket, principal } = listener;
  if (socket.readyState !== socket.OPEN) return;
  const unsentMax = UNSENT_MAX_BYTES[principal.role === 'customer' ? 'customer' : 'backend'];
  if (socket.bufferedAmount > unsentMax) cut(listener, 'too-slow');
  else socket.send(text);
}

/** Closes a socket, with or without its help. */
export function cut({ socket }: Listener, why: CloseReason): void {
  if (socket.readyState !== socket.OPEN) return;
  websocketsCut.inc({ reason: why });
  const { code, reason } = CLOSES[why];
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS).unref();
}
