/** What every process does alike: health and metrics over HTTP, a clean end on SIGTERM, a crash on a defect. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '#protocol/errors.ts';
import { createLogger, type Logger } from './log.ts';
import { registry } from './metrics.ts';

const CLOSE_TIMEOUT_MS = 12_000;

/** Why a process is not ready, or null when it is. */
export type Readiness = () => Promise<string | null> | string | null;

/** What a process has opened; closed in reverse order. */
export interface Running {
  readonly readiness: Readiness;
  readonly close: ReadonlyArray<() => Promise<void>>;
  /** A process with routes of its own serves health itself. */
  readonly servesHealth?: boolean;
}

/** Answers `/livez`, `/readyz` and `/metrics`; false when the path is none of them. */
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

/**
 * Runs a process: `start` opens everything and says how to close it. A defect at start-up is one line and exit code 1;
 * SIGTERM or SIGINT makes it unready, closes what was opened in reverse, and ends with 0.
 */
export async function runProcess(
  name: string,
  http: { host: string; port: number; level: string },
  start: (log: Logger) => Promise<Running>,
): Promise<void> {
  const log = createLogger(name, http.level);
  process.on('unhandledRejection', (error) => {
    log.error('a defect ended this process', { error: error instanceof Error ? error.stack : String(error) });
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
      await step().catch((e) => log.error('closing', { error: messageOf(e) }));
    health?.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void close());
  process.on('SIGINT', () => void close());
  try {
    running = await start(log);
    if (!running.servesHealth) {
      health = createServer((request: IncomingMessage, response) => {
        void answerHealth(request.url ?? '/', response, readiness).then(
          (done) => done || answer(response, 404, { status: 'not found' }),
        );
      });
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
