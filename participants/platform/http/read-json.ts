/** Reads a request's JSON body: one set of rules for the application's routes and for those in front of it. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** The client disconnected before its body had arrived. */
export const GONE = Symbol('gone');

/** No request needs more, and `JSON.stringify` recurses. */
const MAX_DEPTH = 64;
const [QUOTE, COLON, BACKSLASH] = [0x22, 0x3a, 0x5c];
/** UTF-8, and its subset. */
const CHARSETS = ['utf-8', 'utf8', 'us-ascii'];

/**
 * A body as a JSON object or list; undefined when there is none; GONE when the client disconnects.
 * It ignores a byte order mark (RFC 8259, section 8.1).
 * @throws Problem `unsupported-media-type`, `too-large` or `not-json`, also of a name that an object has twice
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  if (length === 0 && headers['transfer-encoding'] === undefined) return undefined;
  if (!isJson(headers['content-type'])) {
    throw new Problem('unsupported-media-type', 'Send UTF-8 JSON with content-type: application/json');
  }
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new Problem('unsupported-media-type', 'Send the body uncompressed', {
      headers: { 'accept-encoding': 'identity' },
    });
  }
  if (length > maxBytes) throw tooLarge(maxBytes);
  const bytes = await bytesOf(request, maxBytes);
  return bytes === GONE ? GONE : parsed(bytes);
}

/** Whether a Content-Type is JSON in UTF-8. Other parameters than the charset are ignored. */
function isJson(type = ''): boolean {
  if (type === 'application/json') return true;
  const [media = '', ...parameters] = type.toLowerCase().split(';');
  if (media.trim() !== 'application/json') return false;
  return parameters.every((parameter) => {
    const [, charset] = /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter) ?? [];
    return charset === undefined || CHARSETS.includes(charset);
  });
}

function parsed(bytes: Buffer): unknown {
  // Decoding would replace each bad byte by U+FFFD, and make one of two users who differ in such a byte.
  if (!isUtf8(bytes)) throw new Problem('not-json', 'The body is not UTF-8');
  const text = bytes.toString();
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (json === '') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch (cause) {
    throw new Problem('not-json', 'The body must be a JSON object', { cause });
  }
  if (typeof body !== 'object' || body === null) {
    throw new Problem('not-json', 'The body must be a JSON object');
  }
  if (json.length > 2 * MAX_DEPTH && !isWithin(body, MAX_DEPTH)) {
    throw new Problem('not-json', `The body is nested deeper than ${MAX_DEPTH} levels`);
  }
  if (membersIn(json) !== namesIn(body)) {
    throw new Problem('not-json', 'An object of the body has a name twice');
  }
  return body;
}

/** The number of members as they are written: of colons outside strings. */
function membersIn(json: string): number {
  let members = 0;
  for (let at = 0; at < json.length; at++) {
    const one = json.charCodeAt(at);
    if (one === COLON) members += 1;
    if (one !== QUOTE) continue;
    for (at++; json.charCodeAt(at) !== QUOTE; at++) if (json.charCodeAt(at) === BACKSLASH) at++;
  }
  return members;
}

/** The number of names as they are read: of members that repeat a name JavaScript keeps the last. */
function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  return inner.reduce<number>((sum, one) => sum + namesIn(one), Array.isArray(value) ? 0 : inner.length);
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isWithin(inner, depth - 1));
}

/** A body's bytes, which nearly always arrive in one piece; GONE when the client disconnects. */
function bytesOf(request: IncomingMessage, maxBytes: number): Promise<Buffer | typeof GONE> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= maxBytes) pieces.push(piece);
      else reject(tooLarge(maxBytes));
    });
    request.once('end', () => resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)));
    request.once('close', () => resolve(GONE));
  });
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('too-large', `A body holds ${maxBytes / 1024} KB at the most`);
}
