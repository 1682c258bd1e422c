/** Runs a process: serves health and metrics, closes on SIGTERM, crashes on a defect. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '#protocol/errors.ts';
import { createLogger, type Logger } from './log.ts';
import { registry } from './metrics.ts';

const CLOSE_TIMEOUT_MS = 12_000;

/** The reason why a process is not ready; null when it is. */
export type Readiness = () => Promise<string | null> | string | null;

/** A started process. */
export interface Running {
  readonly readiness: Readiness;
  /** Closes what the process opened; called in reverse order. */
  readonly close: ReadonlyArray<() => Promise<void>>;
  /** Set by a process with an HTTP server of its own. */
  readonly servesHealth?: boolean;
}

/** Answers `/livez`, `/readyz` and `/metrics`; false for any other path. */
export async function answerHealth(
  path: string,
  response: ServerResponse,
  readiness: Readiness,
): Promise<boolean> {
  if (path === '/livez') return answer(response, 200, { status: 'ok' });
  if (path === '/readyz') {
    let reason: string | null;
    try {
      reason = await readiness();
    } catch (error) {
      reason = messageOf(error);
    }
    return answer(
      response,
      reason === null ? 200 : 503,
      reason === null ? { status: 'ok' } : { status: 'unready', reason },
    );
  }
  if (path === '/metrics') {
    response.writeHead(200, { 'content-type': registry.contentType });
    response.end(await registry.metrics());
    return true;
  }
  return false;
}

function answer(response: ServerResponse, status: number, body: unknown): boolean {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
  return true;
}

/** The server of a process that has no other; it does not listen yet. */
export function healthServer(readiness: Readiness): Server {
  return createServer((request: IncomingMessage, response) => {
    // A prober may send a query, and a proxy the whole address.
    const path = /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i.exec(request.url ?? '')?.[1] ?? '';
    void answerHealth(path, response, readiness).then(
      (done) => done || answer(response, 404, { status: 'not found' }),
    );
  });
}

/**
 * Runs a process. A failed start logs one line and exits with 1. SIGTERM and SIGINT make the process unready, close its
 * connections in reverse order, and exit with 0. A defect exits with 70.
 * @param start opens every connection
 */
export async function runProcess(
  name: string,
  http: { host: string; port: number; level: string },
  start: (log: Logger) => Promise<Running>,
): Promise<void> {
  const log = createLogger(name, http.level);
  process.on('unhandledRejection', (error) => {
    log.error('a defect ends this process', { error: error instanceof Error ? error.stack : String(error) });
    process.exit(70);
  });
  let closing = false;
  let running: Running | null = null;
  let health: Server | null = null;
  const readiness: Readiness = () => {
    if (closing) return 'shutting down';
    return running === null ? 'starting' : running.readiness();
  };
  const close = async () => {
    if (closing) return;
    closing = true;
    log.info('closing');
    setTimeout(() => process.exit(1), CLOSE_TIMEOUT_MS).unref();
    for (const step of [...(running?.close ?? [])].reverse())
      await step().catch((e) => log.error('closing failed', { error: messageOf(e) }));
    health?.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void close());
  process.on('SIGINT', () => void close());
  try {
    running = await start(log);
    if (!running.servesHealth) {
      health = healthServer(readiness);
      await new Promise<void>((resolve, reject) =>
        health?.once('error', reject).listen(http.port, http.host, resolve),
      );
    }
    log.info('ready', { port: http.port });
  } catch (error) {
    log.error('could not start', { error: messageOf(error) });
    process.exit(1);
  }
}
