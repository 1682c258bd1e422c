/** Opens and closes an HTTP server's port, with its time-outs. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server as SocketServer } from 'node:net';
import type { Logger } from '../process/log.ts';
import { outcomeUnknown, sendProblem, tryAgain } from './problem.ts';
import { traceIdOf } from './request-trace.ts';

const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** Connections that wait for accept on each listening socket; a client that finds it full retries after 1 s, then 3 s. */
const BACKLOG = 4_096;
/**
 * The event loop accepts one connection a turn from each listening socket (libuv since pull request 3696). Under load a
 * turn takes 50 ms, so one socket accepts twenty connections a second, while the open ones get thousands of answers. The
 * kernel spreads new connections among several sockets of one port.
 */
const LISTENING_SOCKETS = process.platform === 'linux' ? 64 : 1;
/** The longest wait for answers under way while the server closes: longer than a statement, shorter than the process's end. */
const CLOSE_MS = 6_500;

/**
 * Opens the port.
 * @returns closes it: idle connections at once, the others after their answer. A request that takes too long is answered that
 *   its outcome is unknown, so that no connection is closed on work which goes on
 * @throws when another process has the port
 */
export async function listen(
  server: Server,
  { port, host, log }: { port: number; host: string; log: Pick<Logger, 'throttled'> },
): Promise<() => Promise<void>> {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  const unanswered = new Map<ServerResponse, IncomingMessage>();
  server.on('request', (request, response) => {
    unanswered.set(response, request);
    response.once('close', () => unanswered.delete(response));
  });
  const hasSeveral = LISTENING_SOCKETS > 1;
  // Sockets that reuse a port would silently share it with another process too: fail on a port in use first.
  if (hasSeveral && port !== 0) await closed(await opened(createServer(), { port, host }, log));
  const options = { host, backlog: BACKLOG, reusePort: hasSeveral };
  await opened(server, { ...options, port }, log);
  const others: SocketServer[] = [];
  while (others.length < LISTENING_SOCKETS - 1) {
    const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      server.emit('connection', socket),
    );
    others.push(await opened(other, { ...options, port: (server.address() as AddressInfo).port }, log));
  }
  return async () => {
    const force = setTimeout(() => {
      for (const [response, request] of unanswered) giveUp(request, response);
      setImmediate(() => server.closeAllConnections());
    }, CLOSE_MS);
    const all = Promise.all([server, ...others].map(closed));
    server.closeIdleConnections();
    await all;
    clearTimeout(force);
  };
}

function giveUp(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) return;
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  const problem = changes
    ? outcomeUnknown(
        'The server closes before the request has ended: read what it changes before you repeat it',
      )
    : tryAgain('unavailable', 'The server closes', 1);
  sendProblem(response, problem, traceIdOf(request));
}

function opened<T extends SocketServer>(
  server: T,
  options: { port: number; host: string; backlog?: number; reusePort?: boolean },
  log: Pick<Logger, 'throttled'>,
): Promise<T> {
  // A failed accept (no file descriptor is left, say) must not close the open connections.
  const warn = (error: Error) => log.throttled('http', 'connection-not-accepted', { error: error.message });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(options, () => {
      server.off('error', reject).on('error', warn);
      resolve(server);
    });
  });
}

function closed(server: SocketServer): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
