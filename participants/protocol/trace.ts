/**
 * W3C trace contexts of messages. Pure.
 *
 * A message's trace is its `traceparent`, or else follows from its saga's id, and the span that sent a message follows from
 * the message's id. So every process finds the same trace and the same parents, and a message that is sent
 * again belongs to the same span.
 */

/** A place in a trace. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The parent's span, 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether its spans are recorded. */
  readonly isSampled: boolean;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header; a later version may have further fields. */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const SAMPLED = 1;

/** @returns null for a text that is no valid `traceparent`: the trace begins anew, as W3C demands */
export function readTraceparent(text: string | undefined): TraceContext | null {
  const [, version, traceId, spanId, flags = ''] = TRACEPARENT.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return null;
  if (version === '00' && text?.length !== 55) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** The text of a context. */
export function traceparentOf({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** A saga's trace, unless its caller brought one: the digits of its id, a UUID. */
export function traceIdOfSaga(sagaId: string): string {
  return sagaId.replaceAll('-', '');
}

/** The id of the trace that a saga's message or row belongs to. */
export function traceIdOf(sagaId: string, traceparent: string | undefined): string {
  return readTraceparent(traceparent)?.traceId ?? traceIdOfSaga(sagaId);
}

/** The span with this name, such as the id of the message that it sends: the same in every process. */
export function spanIdOf(name: string): string {
  // Two 32-bit FNV-1a hashes with murmur's finish: enough to keep the spans of one trace apart.
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  const digits = hexOf(mixed(a ^ name.length)) + hexOf(mixed(b ^ a));
  return digits === '0000000000000000' ? '0000000000000001' : digits;
}

/** What a message that follows from another bears: the same trace, and the span that sends it. */
export function continued(traceparent: string | undefined, messageId: string): string | undefined {
  const context = readTraceparent(traceparent);
  return context === null ? undefined : traceparentOf({ ...context, spanId: spanIdOf(messageId) });
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}

function hexOf(value: number): string {
  return value.toString(16).padStart(8, '0');
}
