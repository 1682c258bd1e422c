/**
 * Server-sent events (the HTML standard's `text/event-stream`): an answer that stays open. Nothing is buffered for a client that
 * does not read: its stream is closed, and it resumes after the last event it read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Principal, Role } from '../process/auth-tokens.ts';
import type { Described, ParsedRequest, Reads } from './operation.ts';
import { headerOf } from './request-parts.ts';
import { observeRequest } from './request-trace.ts';
import { admittedBearer, onlyMethods, type Routes, readBy } from './resource.ts';

export const EVENT_STREAM = 'text/event-stream';

/** Bytes that may lie unsent before a stream is closed: more than the kernel takes at once of a client that reads. */
const UNSENT_MAX_BYTES = 1024 * 1024;
/** How soon a client connects again, ms. */
const RECONNECT_MS = 1_000;

/** One open stream. */
export interface EventStream {
  readonly principal: Principal;
  /** The request's Authorization header: its token may end before the stream does. */
  readonly authorization: string | undefined;
  /** Sends text; closes the stream instead where too much lies unsent. @returns whether it is open */
  send(text: string): boolean;
  /** Sends a last event with the reason, and ends the stream. */
  end(reason: string): void;
  /** Calls back once when it is closed, by whomever. @param wasSlow its client did not read */
  onClosed(callback: (wasSlow: boolean) => void): void;
}

/** An event as text. @param data its data as JSON, without a line feed. @param id none: the client's position stays */
export function eventText(event: string, data: string, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

/** A sign of life. @param id moves the client's position, without an event */
export function heartbeatText(id?: string): string {
  return id === undefined ? ': alive\n\n' : `: alive\nid: ${id}\n\n`;
}

/** An operation that answers with a stream. */
export interface StreamOperation<R extends Reads = Reads>
  extends Pick<Described, 'id' | 'summary' | 'description' | 'problems'> {
  readonly roles: readonly Role[];
  readonly reads?: R;
  /**
   * Opens a stream by calling `open`, at most once, after everything that may be refused.
   * @throws Problem where it is refused
   */
  handle(request: StreamRequest<R>, open: () => EventStream): Promise<void>;
}

export interface StreamRequest<R extends Reads = Reads>
  extends Pick<ParsedRequest<R>, 'principal' | 'params' | 'query'> {
  /** The id of the last event that the client has read; undefined: it begins. */
  readonly lastEventId: string | undefined;
}

/** Adds a path that answers GET with a stream. */
export function streamResource<const R extends Reads>(
  routes: Routes,
  path: string,
  operation: StreamOperation<R>,
): void {
  const { handle, ...description } = operation;
  const problems = [
    ...(routes.admit === undefined ? [] : ['too-many-requests' as const]),
    ...(description.problems ?? []),
  ];
  const headers = z.object({ 'Last-Event-ID': z.string().max(100).optional() });
  routes.operations.push({
    ...description,
    reads: { ...description.reads, headers },
    problems,
    method: 'GET',
    path,
    answers: { 200: { body: z.string(), type: EVENT_STREAM } },
  });
  routes.router.get(path, async (request, response) => {
    try {
      const principal = await admittedBearer(routes.tokens, request, operation.roles, routes.admit);
      const { params, query } = readBy(operation.reads, request, undefined);
      const lastEventId = headerOf(request, 'last-event-id') || undefined;
      const parsed = { principal, params, query, lastEventId } as StreamRequest<R>;
      await handle(parsed, () => openStream(request, response, principal));
    } catch (error) {
      // A stream is open for hours, which is no duration of a request; a refusal is one.
      observeRequest(request, response, path);
      throw error;
    }
  });
  onlyMethods(routes.router, path, ['GET', 'HEAD']);
}

function openStream(request: IncomingMessage, response: ServerResponse, principal: Principal): EventStream {
  response.writeHead(200, {
    'content-type': EVENT_STREAM,
    'cache-control': 'no-store',
    // No further request follows on this connection, so that a closing server need not wait for it.
    connection: 'close',
    // nginx would collect events otherwise.
    'x-accel-buffering': 'no',
  });
  response.on('error', () => {});
  let wasSlow = false;
  const stream: EventStream = {
    principal,
    authorization: request.headers.authorization,
    send(text) {
      if (response.destroyed || response.writableEnded) return false;
      if (response.writableLength > UNSENT_MAX_BYTES) {
        wasSlow = true;
        response.destroy();
        return false;
      }
      response.write(text);
      return true;
    },
    end(reason) {
      if (response.destroyed || response.writableEnded) return;
      // Whoever does not read gets no farewell.
      if (response.writableLength > UNSENT_MAX_BYTES) response.destroy();
      else response.end(eventText('end', JSON.stringify({ reason })));
    },
    onClosed(callback) {
      // A client may be gone before its stream is open.
      if (response.closed) queueMicrotask(() => callback(wasSlow));
      else response.once('close', () => callback(wasSlow));
    },
  };
  if (request.method === 'HEAD') response.end();
  else response.write(`retry: ${RECONNECT_MS}\n\n`);
  return stream;
}
