/** For tests: a proxy in front of an API that records which of its requests change something. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

export interface RecordingProxy {
  readonly url: string;
  /** The requests so far that are no dry runs, and may change something: `POST /v1/brakes`. */
  readonly changes: string[];
  /** The dry runs so far. */
  readonly plans: string[];
  close(): Promise<void>;
}

/** Opens a proxy. @param target the API's address */
export async function openRecordingProxy(target: string): Promise<RecordingProxy> {
  const changes: string[] = [];
  const plans: string[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const body = await text(request);
    if (method !== 'GET') (isDryRun(url, body) ? plans : changes).push(`${method} ${url}`);
    const answer = await fetch(target + url, { method, headers: headersOf(request), ...(body && { body }) });
    const type = answer.headers.get('content-type') ?? 'application/json';
    response.writeHead(answer.status, { 'content-type': type });
    // Piece by piece, for an answer may be a stream of events; either end may close it.
    await pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => {});
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changes,
    plans,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isDryRun(url: string, body: string): boolean {
  if (new URL(url, 'http://any').searchParams.get('dryRun') === 'true') return true;
  return body !== '' && (JSON.parse(body) as { dryRun?: unknown }).dryRun === true;
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const { host: _, connection: __, 'content-length': ___, ...rest } = headers;
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
}
