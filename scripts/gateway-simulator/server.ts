/** The simulator over HTTP: checks the key, reads the body, and answers as the API decides. */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerHealth, type Readiness } from '#platform/process/process.ts';
import { createApi } from './api.ts';
import { Behaviours } from './behaviour.ts';
import { control, json } from './control.ts';
import { settleRefunds } from './dashboard.ts';
import { LedgerFile } from './ledger-file.ts';
import { gatewayRequests } from './metrics.ts';
import { RateWindow } from './rate-window.ts';
import { createWebhooks, type WebhookSettings } from './webhooks.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** A bank's decision on a refund takes so long here, days at a real one. */
const REFUNDS_SETTLE_AFTER_MS = 10_000;
const SETTLE_EVERY_MS = 1_000;

export interface SimulatorOptions {
  /** The file of its ledgerFile. */
  readonly ledgerPath: string;
  /** The API key it expects as a bearer. */
  readonly key: string;
  readonly allowReset?: boolean;
  /** Requests a second beyond which it answers 429; no limit without it. */
  readonly ratePerSecond?: number | undefined;
  /** After so long a pending refund succeeds, and one of a refused card fails. */
  readonly refundsSettleAfterMs?: number;
  /** Where its webhooks go; `PUT /_sim/webhooks` changes it. */
  readonly webhooks?: WebhookSettings;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** A simulator that listens. */
export interface Simulator {
  readonly server: Server;
  readonly ledgerFile: LedgerFile;
  close(): Promise<void>;
}

/**
 * Opens the ledger file and listens.
 * @throws Error when the ledger file are damaged or the port is taken
 */
export async function startSimulator(
  options: SimulatorOptions & { host: string; port: number; readiness: Readiness },
): Promise<Simulator> {
  const { now = () => Date.now(), random = Math.random } = options;
  const ledgerFile = await LedgerFile.open(options.ledgerPath);
  const behaviours = new Behaviours(random);
  const { ratePerSecond } = options;
  const rate = ratePerSecond === undefined ? {} : { rate: new RateWindow(ratePerSecond) };
  const reset = options.allowReset ? () => ledgerFile.reset() : undefined;
  const webhooks = createWebhooks(ledgerFile.ledger, now, random);
  if (options.webhooks) webhooks.settings = options.webhooks;
  const onEffects = webhooks.send;
  const api = createApi({ ledgerFile, behaviours, now, wait, onEffects, ...rate });
  const settling = setInterval(() => {
    onEffects(settleRefunds(ledgerFile, now(), options.refundsSettleAfterMs ?? REFUNDS_SETTLE_AFTER_MS));
  }, SETTLE_EVERY_MS);
  const expected = Buffer.from(`Bearer ${options.key}`);

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url: path = '/', method = 'GET' } = request;
    if (!path.startsWith('/v1/') && !path.startsWith('/_sim/')) {
      if (await answerHealth(path, response, options.readiness)) return;
      return json(response, 404, { error: { type: 'invalid_request_error', message: 'not found' } });
    }
    if (!isKey(request, expected)) {
      return json(response, 401, {
        error: { type: 'invalid_request_error', message: 'Invalid API Key provided.' },
      });
    }
    const body = method === 'GET' ? '' : await read(request);
    if (body === undefined) return;
    if (body === null)
      return json(response, 413, { error: { type: 'invalid_request_error', message: 'too large' } });
    if (path.startsWith('/_sim/'))
      return control(
        { ledgerFile, behaviours, reset, now, onEffects, webhooks },
        { method, path, body },
        response,
      );
    const header = request.headers['idempotency-key'];
    const idempotencyKey = typeof header === 'string' ? header : undefined;
    const answer = await api({ method, path, body, idempotencyKey });
    const status = answer === 'cut' ? 'cut' : answer === null ? 'hung' : String(answer.status);
    gatewayRequests.inc({ status });
    if (answer === 'cut') return void request.socket.destroy();
    // Left hanging: the caller gives up, or the server's end closes the connection.
    if (answer === null) return;
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer.body),
      ...(answer.retryAfterS !== undefined && { 'retry-after': String(answer.retryAfterS) }),
      ...(answer.replayed && { 'idempotent-replayed': 'true' }),
    });
    response.end(answer.body);
  }

  const server = createServer((request, response) => void take(request, response));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  return {
    server,
    ledgerFile,
    async close() {
      clearInterval(settling);
      webhooks.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await ledgerFile.close();
    },
  };
}

function wait(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

function isKey(request: IncomingMessage, expected: Buffer): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The body as text; null when it is too large, undefined when the caller has gone. */
async function read(request: IncomingMessage): Promise<string | null | undefined> {
  let text = '';
  request.setEncoding('utf8');
  try {
    for await (const piece of request) {
      text += piece as string;
      if (text.length > MAX_BODY_BYTES) return null;
    }
  } catch {
    return undefined;
  }
  return text;
}
