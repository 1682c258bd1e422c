/** Spans as the local collector keeps them, read from OTLP's JSON. */
import * as z from 'zod';

/** A span, with its process. */
export interface Span {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly process: string;
  readonly name: string;
  /** ms since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** Why it failed. */
  readonly failure: string | null;
  /** The order that it worked for. */
  readonly sagaId: string | null;
}

const attribute = z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) });
const otlpSpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.union([z.string(), z.number()]),
  endTimeUnixNano: z.union([z.string(), z.number()]),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
  attributes: z.array(attribute).default([]),
});
/** The body of `POST /v1/traces`: https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
export const exportRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute).default([]) }).optional(),
      scopeSpans: z.array(z.object({ spans: z.array(otlpSpan).default([]) })).default([]),
    }),
  ),
});

const STATUS_ERROR = 2;

/** The spans of a request. */
export function spansIn({ resourceSpans }: z.infer<typeof exportRequest>): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const process = textOf(resource?.attributes, 'service.name') ?? '?';
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((one) => ({
        traceId: one.traceId,
        id: one.spanId,
        parentId: one.parentSpanId || null,
        process,
        name: one.name,
        startMs: msOf(one.startTimeUnixNano),
        endMs: msOf(one.endTimeUnixNano),
        failure: one.status?.code === STATUS_ERROR ? (one.status.message ?? 'failed') : null,
        sagaId: textOf(one.attributes, 'saga.id'),
      })),
    );
  });
}

function textOf(attributes: ReadonlyArray<z.infer<typeof attribute>> = [], name: string): string | null {
  return attributes.find(({ key }) => key === name)?.value.stringValue ?? null;
}

function msOf(nanoseconds: string | number): number {
  return Number(BigInt(nanoseconds) / 1_000n) / 1_000;
}

/** A trace's spans as a tree's rows: children below their parent, in the order of their start; each span once. */
export function rowsOf(spans: readonly Span[]): Array<{ readonly span: Span; readonly depth: number }> {
  const unique = [...new Map(spans.map((span) => [span.id, span])).values()];
  const known = new Set(unique.map(({ id }) => id));
  const isRoot = ({ parentId }: Span) => parentId === null || !known.has(parentId);
  const byStart = (some: readonly Span[]) => some.toSorted((a, b) => a.startMs - b.startMs);
  const children = Map.groupBy(unique, ({ parentId }) => parentId);
  const seen = new Set<Span>();
  const below = (span: Span, depth: number): Array<{ span: Span; depth: number }> => {
    if (seen.has(span)) return [];
    seen.add(span);
    return [{ span, depth }, ...byStart(children.get(span.id) ?? []).flatMap((one) => below(one, depth + 1))];
  };
  return byStart(unique.filter(isRoot)).flatMap((span) => below(span, 0));
}
