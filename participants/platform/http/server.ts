/** The HTTP server around the application: its limits, how it listens, and how it ends. */
import type { Server } from 'node:http';
import { type AddressInfo, createServer, type Server as SocketServer } from 'node:net';
import type { Logger } from '../process/log.ts';

const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** Connections that wait to be taken, of each listening socket: who finds no room tries again after one second, then three. */
const BACKLOG = 4_096;
/**
 * Of a listening socket the event loop takes one connection a turn (libuv, since its change 3696), and under load a turn
 * takes 50 ms: twenty connections a second, while those that are open already are served by the thousand. So there are
 * several sockets to a port, among which the kernel divides what comes.
 */
const LISTENING_SOCKETS = process.platform === 'linux' ? 64 : 1;
/** How long answers under way may take once the server is told to end. */
const CLOSE_MS = 3_000;

/**
 * Listens.
 * @returns how it ends: idle connections at once, those with an answer under way when it is given
 * @throws when the port is taken
 */
export async function listen(
  server: Server,
  { port, host, log }: { port: number; host: string; log: Pick<Logger, 'throttled'> },
): Promise<() => Promise<void>> {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  const hasSeveral = LISTENING_SOCKETS > 1;
  // Sockets that share a port would share it with another process too, in silence.
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
    const force = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    const all = Promise.all([server, ...others].map(closed));
    server.closeIdleConnections();
    await all;
    clearTimeout(force);
  };
}

function opened<T extends SocketServer>(
  server: T,
  options: { port: number; host: string; backlog?: number; reusePort?: boolean },
  log: Pick<Logger, 'throttled'>,
): Promise<T> {
  // A connection that cannot be taken, as when no file is left to be opened, must not end those that are.
  const untaken = (error: Error) =>
    log.throttled('http', 'a connection could not be taken', { error: error.message });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(options, () => {
      server.off('error', reject).on('error', untaken);
      resolve(server);
    });
  });
}

function closed(server: SocketServer): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
