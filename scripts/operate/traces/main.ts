/**
 * A collector of traces for the local stack: takes spans over OTLP, keeps the newest in a file, and shows a trace as a picture.
 * In production a collector such as Tempo or Jaeger takes its place.
 *
 *   POST /v1/traces            spans, as OTLP's JSON
 *   GET  /TRACE_OR_ORDER_ID    the trace as an SVG
 *   GET  /TRACE_OR_ORDER_ID.json
 */
import { appendFileSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { readConfig } from '#platform/process/config.ts';
import { traceIdOfSaga } from '#protocol/trace.ts';
import { exportRequest, type Span, spansIn } from './spans.ts';
import { waterfall } from './waterfall.ts';

const { HTTP_PORT: port, TRACES_FILE: file } = readConfig(
  z.object({ HTTP_PORT: z.coerce.number().int().min(1).max(65_535), TRACES_FILE: z.string().min(1) }),
);
/** The file is put aside then, and the one that was aside is dropped. */
const FILE_MAX_BYTES = 50_000_000;
const BODY_MAX_BYTES = 16_000_000;

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    if (!response.headersSent)
      end(response, 400, 'text/plain', error instanceof Error ? error.message : 'bad request');
  });
});
server.listen(port, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  if (request.method === 'POST' && path === '/v1/traces') {
    keep(spansIn(exportRequest.parse(JSON.parse(await bodyOf(request)))));
    return end(response, 200, 'application/json', '{}');
  }
  if (path === '/livez' || path === '/readyz')
    return end(response, 200, 'application/json', '{"status":"ok"}');
  const [, id = '', json] =
    /^\/([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.json)?$/.exec(path) ?? [];
  const spans = id === '' ? [] : spansOf(id);
  if (spans.length === 0) return end(response, 404, 'text/plain', 'no spans of such a trace');
  if (json) return end(response, 200, 'application/json', JSON.stringify(spans));
  return end(response, 200, 'image/svg+xml', waterfall(spans));
}

function keep(spans: readonly Span[]): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > FILE_MAX_BYTES) renameSync(file, `${file}.1`);
  appendFileSync(file, spans.map((span) => `${JSON.stringify(span)}\n`).join(''));
}

/** The spans of a trace, or of the traces that an order is in. */
function spansOf(id: string): Span[] {
  const all = [`${file}.1`, file].flatMap(linesOf);
  const read = (...texts: string[]) =>
    all.filter((line) => texts.some((text) => line.includes(text))).map((line): Span => JSON.parse(line));
  const traceIds = new Set([traceIdOfSaga(id), ...read(id).map(({ traceId }) => traceId)]);
  return read(...traceIds);
}

function linesOf(path: string): string[] {
  return statSync(path, { throwIfNoEntry: false }) === undefined
    ? []
    : readFileSync(path, 'utf8').split('\n');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > BODY_MAX_BYTES) throw new Error('the body is too large');
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function end(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}
