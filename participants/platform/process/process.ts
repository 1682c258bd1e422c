/** Runs a process: serves health and metrics, closes on SIGTERM, crashes on a defect. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { messageOf } from '#protocol/errors.ts';
import { restartFiles } from '../connections/restart-files.ts';
import { exitNow, killLater } from './closing-limit.ts';
import { readConfig } from './config.ts';
import { lingerConfig, watchCpu } from './cpu-shortage.ts';
import { createLogger, type Logger } from './log.ts';
import { registry } from './metrics.ts';
import { refuseInProduction } from './production.ts';
import { checkOnce, type Readiness } from './readiness.ts';
import { openTracing } from './tracing.ts';

const CLOSE_WITHIN_MS = 12_000;
/** Where the event loop is blocked, nothing else ends the process. */
const KILL_AFTER_MS = 500;
/** The longest time from SIGTERM to the end of a process: whoever supervises it waits that long before it kills. */
export const ENDS_WITHIN_MS = CLOSE_WITHIN_MS + KILL_AFTER_MS;
/** As sysexits.h has it: the process can be started again at once. */
const EX_TEMPFAIL = 75;

/** The environment of every process's metrics. */
export const metricsConfig = z.object({
  METRICS_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('A port for `/metrics` alone, with `/livez` and `/readyz`; without it they are on HTTP_PORT.'),
  METRICS_HOST: z.string().default('127.0.0.1').describe('The address on which METRICS_PORT listens.'),
});
/** Whether `/metrics` has a port of its own: whoever reaches the API then does not see it. */
let isApart = false;
export const hasMetricsApart = (): boolean => isApart;

export type { Readiness } from './readiness.ts';

/** A started process. */
export interface Running {
  readonly readiness: Readiness;
  /** Closes what the process opened; called in reverse order. */
  readonly close: ReadonlyArray<() => Promise<void>>;
  /** Set by a process with an HTTP server of its own. */
  readonly servesHealth?: boolean;
}

/** Answers probes with a reason for not being ready, while a start waits for something that a person must do. */
export type WhileWaiting = <T>(readiness: Readiness, work: () => Promise<T>) => Promise<T>;

/** Answers `/livez`, `/readyz` and `/metrics`; false for any other path. */
export async function answerHealth(
  path: string,
  response: ServerResponse,
  readiness: Readiness,
): Promise<boolean> {
  if (path === '/livez') return answer(response, 200, { status: 'ok' });
  if (path === '/readyz') {
    const reason = await checkOnce(readiness);
    return answer(
      response,
      reason === null ? 200 : 503,
      reason === null ? { status: 'ok' } : { status: 'unready', reason },
    );
  }
  if (path !== '/metrics' || isApart) return false;
  return answerMetrics(response);
}

async function answerMetrics(response: ServerResponse): Promise<boolean> {
  response.writeHead(200, { 'content-type': registry.contentType });
  response.end(await registry.metrics());
  return true;
}

function answer(response: ServerResponse, status: number, body: unknown): boolean {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
  return true;
}

/** The server of a process that has no other; it does not listen yet. @param isForMetrics answers `/metrics` in any case */
export function healthServer(readiness: Readiness, isForMetrics = false): Server {
  return createServer((request: IncomingMessage, response) => {
    // A prober may send a query, and a proxy the whole address.
    const path = /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i.exec(request.url ?? '')?.[1] ?? '';
    const answered =
      isForMetrics && path === '/metrics' ? answerMetrics(response) : answerHealth(path, response, readiness);
    void answered.then((done) => done || answer(response, 404, { status: 'not found' }));
  });
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
}

/**
 * Runs a process. A failed start logs one line and exits with 1. SIGTERM and SIGINT make the process unready, close its
 * connections in reverse order, and exit with 0; what is not closed within twelve seconds is left, and the exit code is 1. A
 * defect exits with 70. Rotated certificates that a library cannot load
 * anew make it close in the same order, and exit with 75: its supervisor starts it again.
 * @param start opens every connection; it may wait for a person, and probes are answered meanwhile
 */
export async function runProcess(
  name: string,
  http: { host: string; port: number; level: string },
  start: (log: Logger, whileWaiting: WhileWaiting) => Promise<Running>,
  closeWithinMs = CLOSE_WITHIN_MS,
): Promise<void> {
  const log = createLogger(name, http.level);
  process.on('unhandledRejection', (error) => {
    log.error('process-defect', { error: error instanceof Error ? error.stack : String(error) });
    exitNow(70);
  });
  let closing = false;
  let running: Running | null = null;
  let waiting: Readiness | null = null;
  const servers: Server[] = [];
  let tracing: { close(): Promise<void> } | null = null;
  const readiness: Readiness = () => {
    if (closing) return 'shutting down';
    return running === null ? (waiting?.() ?? 'starting') : running.readiness();
  };
  const close = async (exitCode = 0) => {
    if (closing) return;
    closing = true;
    log.info('process-closing');
    const steps = [...(running?.close ?? [])].reverse();
    let closed = 0;
    killLater(closeWithinMs + KILL_AFTER_MS);
    setTimeout(() => {
      log.error('process-closing-late', { what: `part ${closed + 1} of ${steps.length}` });
      exitNow(1);
    }, closeWithinMs);
    for (const step of steps) {
      await step().catch((e) => log.error('process-closing-failed', { error: messageOf(e) }));
      closed += 1;
    }
    for (const server of servers) server.close();
    await tracing?.close().catch((e) => log.error('process-closing-failed', { error: messageOf(e) }));
    exitNow(exitCode);
  };
  const whileWaiting: WhileWaiting = async (reason, work) => {
    const server = healthServer(readiness);
    waiting = reason;
    await listenOn(server, http.port, http.host);
    try {
      return await work();
    } finally {
      waiting = null;
      // The process's own server takes the port.
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    }
  };
  process.on('SIGTERM', () => void close());
  process.on('SIGINT', () => void close());
  restartFiles.watch((paths) => {
    log.warn('process-ends', {
      what: `certificates were rotated, and librdkafka loads them at its start only: ${paths.join(', ')}`,
    });
    void close(EX_TEMPFAIL);
  });
  try {
    refuseInProduction();
    const { METRICS_PORT: metricsPort, METRICS_HOST: metricsHost } = readConfig(metricsConfig);
    if (metricsPort !== undefined) {
      isApart = true;
      const server = healthServer(readiness, true);
      servers.push(server);
      await listenOn(server, metricsPort, metricsHost);
    }
    watchCpu(readConfig(lingerConfig).LINGER_FROM_PERCENT);
    tracing = await openTracing(name);
    running = await start(log, whileWaiting);
    if (!running.servesHealth) {
      const server = healthServer(readiness);
      servers.push(server);
      await listenOn(server, http.port, http.host);
    }
    log.info('process-ready', { port: http.port });
  } catch (error) {
    log.error('process-not-started', { error: messageOf(error) });
    exitNow(1);
  }
}
