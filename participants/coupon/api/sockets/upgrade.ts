/** Upgrades a request to a WebSocket when its origin is allowed, its ticket is ours and unused, and the connection limit permits. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ConnectionLimit } from '#platform/http/connection-limit.ts';
import { toProblem } from '#platform/http/failure.ts';
import { Problem, problemAnswer, tryAgain } from '#platform/http/problem.ts';
import { traceIdOf } from '#platform/http/request-trace.ts';
import type { Credentials } from '#platform/identity/credentials.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import type { Logger } from '#platform/process/log.ts';
import { websocketsRefused } from '../metrics.ts';
import { RESULTS_PATH } from '../paths.ts';
import type { Seal } from '../seal.ts';
import { readTicket, type Ticket } from '../ticket.ts';
import { MAX_PAYLOAD_BYTES, PROTOCOL, TICKET_PROTOCOL } from './protocol.ts';

const RETRY_SOON_S = 1;

export interface UpgradeParts {
  readonly tickets: Seal;
  /** Uses a ticket up; false when it was used before. Rejects when Redis does not answer. */
  readonly useTicket: (ticket: Ticket) => Promise<boolean>;
  /** Whether the ticket's token or key has been ended since. Rejects while nobody can know. */
  readonly stillCounts: Credentials['stillCounts'];
  readonly connections: ConnectionLimit;
  /** Origins of pages that may connect. A client that is no browser sends no origin, and needs a ticket all the same. */
  readonly origins: readonly string[];
  readonly opened: (socket: WebSocket, principal: Principal) => void;
  readonly log: Logger;
  readonly now: () => number;
}

export interface Upgrades {
  /** The listener of the HTTP server's `upgrade`. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Refuses further upgrades. */
  close(): void;
}

/**
 * Whether a request is to become a WebSocket of results. A server ignores any other Upgrade (RFC 9110, section 7.8), as
 * the `h2c` that Java's client offers with each request.
 */
export function isForResults({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
  return /^websocket$/i.test(headers.upgrade ?? '') && url.split('?', 1)[0] === RESULTS_PATH;
}

/** Prepares the WebSocket server; it has no port of its own. */
export function openUpgrades(parts: UpgradeParts): Upgrades {
  const server = new WebSocketServer({
    noServer: true,
    // `Housekeeping` tracks and closes them.
    clientTracking: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    // Results are short, and a compressor takes hundreds of KB a socket.
    perMessageDeflate: false,
    handleProtocols: () => PROTOCOL,
  });
  let closing = false;

  const open = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (closing) throw tryAgain('unavailable', 'This process is shutting down', RETRY_SOON_S);
    checkOrigin(request, parts.origins);
    const ticket = ticketOf(request, parts);
    const { principal } = ticket;
    const slot = parts.connections.acquire(principal);
    if (slot === 'full') throw tryAgain('overloaded', 'No more connections can be taken', RETRY_SOON_S);
    if (slot === 'too-many') {
      throw tryAgain('too-many-requests', 'You have too many connections open', RETRY_SOON_S);
    }
    let isCounted = true;
    const release = () => {
      if (isCounted) parts.connections.release(principal);
      isCounted = false;
    };
    socket.once('close', release);
    try {
      if (!(await parts.stillCounts())(principal))
        throw new Problem('unauthenticated', 'The token or key of the ticket no longer counts');
      await useUp(parts, ticket);
    } catch (error) {
      release();
      throw error;
    }
    server.handleUpgrade(request, socket, head, (opened) => parts.opened(opened, principal));
  };

  return {
    handle(request, socket, head) {
      // Without a listener an error of this socket would end the process.
      socket.on('error', () => socket.destroy());
      open(request, socket, head).catch((error) => {
        const problem = toProblem(error);
        websocketsRefused.inc({ reason: problem.kind });
        if (problem.kind === 'internal') parts.log.error('websocket-defect', { error: String(error) });
        refuse(socket, problem, traceIdOf(request));
      });
    },
    close() {
      closing = true;
    },
  };
}

function checkOrigin({ headers: { origin } }: IncomingMessage, origins: readonly string[]): void {
  if (origin !== undefined && !origins.includes(origin)) {
    throw new Problem('forbidden', 'Pages of this origin may not connect');
  }
}

function ticketOf(request: IncomingMessage, { tickets, now }: UpgradeParts): Ticket {
  const offered = String(request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((one) => one.trim());
  const text = offered.find((one) => one.startsWith(TICKET_PROTOCOL));
  if (text === undefined || !offered.includes(PROTOCOL)) {
    throw new Problem('unauthenticated', `Offer the protocols ${PROTOCOL} and ${TICKET_PROTOCOL}…`);
  }
  const ticket = readTicket(tickets, text.slice(TICKET_PROTOCOL.length), now());
  if (ticket === null) throw new Problem('unauthenticated', 'The ticket is not valid, or no longer');
  return ticket;
}

async function useUp({ useTicket, log }: UpgradeParts, ticket: Ticket): Promise<void> {
  let isFirst: boolean;
  try {
    isFirst = await useTicket(ticket);
  } catch (error) {
    log.throttled('tickets', 'tickets-not-checked', { error: String(error) });
    throw tryAgain('unavailable', 'Tickets cannot be checked right now', RETRY_SOON_S);
  }
  if (!isFirst) throw new Problem('unauthenticated', 'The ticket was used before');
}

/** Writes the HTTP response by hand: an upgrade has no response object. */
function refuse(socket: Duplex, problem: Problem, traceId: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer(problem, traceId);
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}
