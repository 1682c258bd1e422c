/** Encodes and decodes envelopes; rejects texts that PostgreSQL cannot store and messages that Kafka does not accept. */
import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import type { Envelope, InRecord } from './envelope.ts';
import { TerminalError } from './errors.ts';

/** The largest message that the product sends or accepts, bytes. Kafka's default limit is four times this. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

const MAX_ID_LENGTH = 300;

/** The deepest nesting of a record. `JSON.stringify` and PostgreSQL's parser overflow their stacks at a few thousand. */
const MAX_DEPTH = 100;
/** A shorter record cannot nest deep enough to harm. */
const HARMLESS_BYTES = 1_024;

/** The envelope’s own fields; it accepts unknown extensions. */
export const envelopeSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(MAX_ID_LENGTH),
  type: z.string().min(1).max(100),
  source: z.string().min(1).max(200),
  time: z.iso.datetime({ offset: true }),
  datacontenttype: z.literal('application/json').default('application/json'),
  subject: z.string().min(1).max(100),
  commandid: z.string().min(1).max(MAX_ID_LENGTH).exactOptional(),
  deadline: z.iso.datetime({ offset: true }).exactOptional(),
  traceparent: z.string().max(100).exactOptional(),
  data: z.unknown(),
});

/** U+0000 or a lone surrogate as `JSON.stringify` writes them: jsonb refuses both, and one would fail its whole batch. */
const UNSAFE_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** Whether a text made by `JSON.stringify` holds U+0000 or half of a surrogate pair. */
export function hasUnsafeText(json: string): boolean {
  return json.includes('\\u') && UNSAFE_ESCAPE.test(json);
}

/**
 * The envelope as the exact text that the product publishes and journals.
 * @throws TerminalError `unsafe-text` or `too-large`
 */
export function encode(envelope: Envelope): string {
  const text = JSON.stringify(envelope);
  if (UNSAFE_ESCAPE.test(text)) {
    throw new TerminalError('unsafe-text', `${envelope.id} holds U+0000 or half of a surrogate pair`);
  }
  // A UTF-16 unit is at most 3 bytes of UTF-8, so a short text needs no count.
  if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
    throw new TerminalError('too-large', `${envelope.id} is over ${MAX_MESSAGE_BYTES} bytes`);
  }
  return text;
}

/**
 * Reads a record's value as an envelope and checks its own fields; the reader checks `data` against its contract.
 * @throws TerminalError `not-json`, `not-an-envelope`, `unsafe-text` or `too-large`; nothing else, whatever the bytes
 */
export function decode(value: Buffer | null): Envelope {
  if (value === null) throw new TerminalError('not-json', 'the record has no value');
  if (value.length > MAX_MESSAGE_BYTES) {
    throw new TerminalError('too-large', `the record is over ${MAX_MESSAGE_BYTES} bytes`);
  }
  // Decoding would replace the bytes, and make one text of two different ones.
  if (!isUtf8(value)) throw new TerminalError('not-json', 'the record is not UTF-8');
  const text = value.toString('utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new TerminalError('not-json', 'the record is not JSON', { cause });
  }
  if (value.length > HARMLESS_BYTES && isDeeperThan(MAX_DEPTH, parsed))
    throw new TerminalError('too-large', `the record is nested deeper than ${MAX_DEPTH} levels`);
  const envelope = envelopeSchema.safeParse(parsed);
  if (!envelope.success) {
    throw new TerminalError('not-an-envelope', describeIssues(envelope.error), { cause: envelope.error });
  }
  // Only a text with a \u escape can hold an unsafe character, so the second check is rare.
  if (text.includes('\\u') && UNSAFE_ESCAPE.test(JSON.stringify(parsed))) {
    throw new TerminalError('unsafe-text', 'the record holds U+0000 or half of a surrogate pair');
  }
  return envelope.data;
}

/**
 * Reads a record as an envelope; its reader compares the key with the subject.
 * @throws TerminalError `wrong-key`, or as `decode`
 */
export function decodeRecord({ keyBytes, value }: InRecord): Envelope {
  // As text it could equal the subject of another record.
  if (keyBytes !== undefined) throw new TerminalError('wrong-key', 'the key is not UTF-8');
  return decode(value);
}

/** Whether a document nests deeper than so many levels. Not recursive, because the document may nest thousands deep. */
function isDeeperThan(levels: number, document: unknown): boolean {
  let level: object[] = [document].filter(isObject);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levels) return true;
    level = level.flatMap((one): unknown[] => Object.values(one)).filter(isObject);
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Checks `data` against the schema of its type. Drops unknown fields, for contracts only grow.
 * @throws TerminalError `invalid-data`
 */
export function checkData<T>(schema: z.ZodType<T>, envelope: Envelope): T {
  const data = schema.safeParse(envelope.data);
  if (!data.success) {
    throw new TerminalError('invalid-data', `${envelope.type}: ${describeIssues(data.error)}`, {
      cause: data.error,
    });
  }
  return data.data;
}

/** The first few zod issues in one line: `path: message; …`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`)
    .join('; ');
}
