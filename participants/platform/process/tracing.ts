/**
 * Records spans and exports them over OTLP; the only importer of OpenTelemetry.
 *
 * A span is reported once, when it has ended, with its place in the trace given: parents and ids follow from messages (see
 * `protocol/trace.ts`), so no context is carried through the code, and a span of a trace that is not sampled can still be
 * recorded where it turns out to have failed. Off until `OTEL_EXPORTER_OTLP_ENDPOINT` is set: then nothing is loaded.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HrTime, Link } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import * as z from 'zod';
import { spanIdOf, type TraceContext, traceIdOfSaga } from '#protocol/trace.ts';
import { readConfig } from './config.ts';

/** The environment of every process's traces. */
export const tracingConfig = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe("The collector's address, such as http://127.0.0.1:4318. Nothing is traced without it."),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe(
      'The share of requests without a trace of their own whose spans are recorded. Failures always are.',
    ),
});

/** Spans that wait for the exporter; the newest are dropped beyond it, so that a slow collector costs no memory. */
const QUEUE_MAX = 8_192;
/** How long a process that ends waits for its last spans: a collector that does not answer must not hold it up. */
const CLOSE_WITHIN_MS = 2_000;

/** OpenTelemetry's numbers. */
const KINDS = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const;
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;
const FLAG_SAMPLED = 1;

/** A span that has ended. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string | undefined;
  /** ms, as `performance.now()` gives them. */
  readonly startedAt: number;
  /** Now without it. */
  readonly endedAt?: number;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** Why it failed, for people. */
  readonly failure?: string | undefined;
  /** Spans of other traces that it worked for as well. */
  readonly links?: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>;
}

interface Sink {
  readonly ratio: number;
  take(span: EndedSpan): void;
  close(): Promise<void>;
}

let sink: Sink | null = null;

/** Whether anything is recorded: work for a span alone is worth doing only then. */
export function isTracing(): boolean {
  return sink !== null;
}

/** Reports a span that has ended. Costs nothing while tracing is off. */
export function recordSpan(span: EndedSpan): void {
  sink?.take(span);
}

/** Whether a request that brought no trace is chosen, by its new trace id, so that everybody chooses alike. */
export function isChosen(traceId: string): boolean {
  if (sink === null) return false;
  // The last 32 bits: of a UUID they are random.
  return Number.parseInt(traceId.slice(-8), 16) < sink.ratio * 2 ** 32;
}

/** The span that handles a message: the child of the span that sent it. */
export function handlingOf(messageId: string): string {
  return spanIdOf(`${messageId}/handling`);
}

/** The place in a trace of the handling of a message. @param sagaId where the message bears no trace, its saga's */
export function traceOfMessage(
  message: { readonly id: string; readonly subject: string },
  context: TraceContext | null,
): { traceId: string; id: string; parentId: string; isSampled: boolean } {
  return {
    traceId: context?.traceId ?? traceIdOfSaga(message.subject),
    id: handlingOf(message.id),
    parentId: spanIdOf(message.id),
    isSampled: context?.isSampled ?? false,
  };
}

/**
 * Begins to export spans, if the environment asks for it.
 * @returns its end: exports what waits, within two seconds
 */
export async function openTracing(
  processName: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ close(): Promise<void> }> {
  const config = readConfig(tracingConfig, environment);
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return { close: async () => {} };
  const opened = await openSink(processName, config.OTEL_TRACES_SAMPLER_ARG);
  sink = opened;
  return {
    async close() {
      if (sink === opened) sink = null;
      await opened.close();
    },
  };
}

async function openSink(processName: string, ratio: number): Promise<Sink> {
  const [{ BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  // The exporter reads its address, its headers and its certificates from the variables of the OpenTelemetry standard, and the
  // processor how often it exports: every 5 s without OTEL_BSP_SCHEDULE_DELAY.
  const processor = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter(),
    maxQueueSize: QUEUE_MAX,
  });
  const resource = resourceFromAttributes({
    'service.name': processName,
    'service.namespace': 'order-saga-orchestrator',
    'service.instance.id': String(process.pid),
  });
  const instrumentationScope = { name: 'order-saga-orchestrator' };
  return {
    ratio,
    take(span) {
      processor.onEnd({ ...readable(span), resource, instrumentationScope } as ReadableSpan);
    },
    async close() {
      await Promise.race([processor.shutdown(), delay(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

function readable(span: EndedSpan): Omit<ReadableSpan, 'resource' | 'instrumentationScope'> {
  const { name, kind, traceId, id, parentId, startedAt, endedAt = performance.now() } = span;
  const { attributes = {}, failure, links = [] } = span;
  const contextOf = (spanId: string, trace = traceId) => ({
    traceId: trace,
    spanId,
    traceFlags: FLAG_SAMPLED,
  });
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => contextOf(id),
    ...(parentId !== undefined && { parentSpanContext: contextOf(parentId) }),
    startTime: timeOf(startedAt),
    endTime: timeOf(endedAt),
    duration: hrTime(Math.max(0, endedAt - startedAt)),
    status: failure === undefined ? { code: STATUS_UNSET } : { code: STATUS_ERROR, message: failure },
    attributes: { ...attributes },
    links: links.map((link): Link => ({ context: contextOf(link.spanId, link.traceId) })),
    events: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function timeOf(at: number): HrTime {
  return hrTime(performance.timeOrigin + at);
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
