/** The trace of an HTTP request: its caller's, or one that is made where it arrives. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readTraceparent, type TraceContext, traceparentOf } from '#protocol/trace.ts';
import { exemplarOf } from '../process/metrics.ts';
import { isChosen, isTracing, recordSpan } from '../process/tracing.ts';
import { httpDuration } from './metrics.ts';

interface RequestTrace {
  readonly traceId: string;
  /** The request's own span. */
  readonly spanId: string;
  /** The caller's span. */
  readonly parentId: string | undefined;
  readonly isSampled: boolean;
  /** Whether the caller brought it. */
  readonly isGiven: boolean;
}

const traces = new WeakMap<IncomingMessage, RequestTrace>();

/** 32 hexadecimal digits, the last 62 bits random. Each request draws two: Node keeps a pool for `randomUUID`, `randomBytes` takes 1.4 µs a call. */
const randomDigits = () => randomUUID().replaceAll('-', '');

function traceOf(request: IncomingMessage): RequestTrace {
  const known = traces.get(request);
  if (known !== undefined) return known;
  const { traceparent } = request.headers;
  const given: TraceContext | null = readTraceparent(
    typeof traceparent === 'string' ? traceparent : undefined,
  );
  const traceId = given?.traceId ?? randomDigits();
  const trace = {
    traceId,
    spanId: randomDigits().slice(16),
    parentId: given?.spanId,
    isSampled: given?.isSampled ?? isChosen(traceId),
    isGiven: given !== null,
  };
  traces.set(request, trace);
  return trace;
}

/** The request's trace id: log lines bear it, and a caller can quote it. */
export function traceIdOf(request: IncomingMessage): string {
  return traceOf(request).traceId;
}

/** What the messages and the rows that follow from a request bear; undefined where nobody records its trace. */
export function traceparentFrom(request: IncomingMessage): string | undefined {
  if (request.headers.traceparent === undefined && !isTracing()) return undefined;
  const trace = traceOf(request);
  return trace.isGiven || trace.isSampled ? traceparentOf(trace) : undefined;
}

/**
 * Observes a request from now to the end of its answer: its duration, and its span where its trace is sampled or it failed on
 * our side. An answer to a traced request names its place in the trace.
 * @param route the pattern of its path
 */
export function observeRequest(request: IncomingMessage, response: ServerResponse, route: string): void {
  const startedAt = performance.now();
  const isTraced = isTracing() || request.headers.traceparent !== undefined;
  // https://www.w3.org/TR/trace-context-2/#traceresponse-header (a draft).
  if (isTraced) response.setHeader('traceresponse', traceparentOf(traceOf(request)));
  response.once('close', () => {
    const { method = 'GET' } = request;
    const { statusCode } = response;
    const trace = isTraced ? traceOf(request) : null;
    httpDuration.observe({
      labels: { method, route, status: String(statusCode) },
      value: (performance.now() - startedAt) / 1000,
      exemplarLabels: exemplarOf(trace?.isSampled ? trace.traceId : null),
    });
    const hasFailed = statusCode >= 500;
    if (trace === null || (!trace.isSampled && !hasFailed)) return;
    const { traceId, spanId: id, parentId } = trace;
    recordSpan({
      name: `${method} ${route}`,
      kind: 'server',
      ...{ traceId, id, parentId, startedAt },
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': statusCode,
      },
      failure: hasFailed ? `answered ${statusCode}` : undefined,
    });
  });
}
