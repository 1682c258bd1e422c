/** A dead letter's bytes as a person reads them: JSON where they are, else text or hex. Viewers see no personal field. */
import { isUtf8 } from 'node:buffer';

/** A longer text is cut: the bytes in base64 are there in full. */
const TEXT_MAX = 65_536;
const HEX_MAX_BYTES = 2_048;

/** What viewers may see of `data`, by the fields' names; the values of all others are hidden. */
const SHOWN = new Set(
  (
    'amount currency charged discount items sku quantity couponId campaignId code reason attempt nextTryAt generation action ' +
    'actionId revision toVersion undoes found chargeId shipmentId'
  ).split(' '),
);
const HIDDEN = '(hidden)';

export type Readable =
  | { readonly format: 'json'; readonly json: unknown }
  | { readonly format: 'text' | 'hex'; readonly text: string; readonly truncated: boolean }
  | { readonly format: 'hidden' };

/** @param seesAll whether the reader may see personal fields */
export function readable(bytes: Buffer, seesAll: boolean): Readable {
  const json = jsonIn(bytes);
  if (json !== undefined) return { format: 'json', json: seesAll ? json : withoutPersonal(json) };
  // What is no message may hold anything anywhere.
  if (!seesAll) return { format: 'hidden' };
  if (isUtf8(bytes) && !/[^\P{Cc}\t\r\n]/u.test(bytes.toString().slice(0, TEXT_MAX))) {
    const text = bytes.toString();
    return { format: 'text', text: text.slice(0, TEXT_MAX), truncated: text.length > TEXT_MAX };
  }
  return {
    format: 'hex',
    text: bytes.subarray(0, HEX_MAX_BYTES).toString('hex'),
    truncated: bytes.length > HEX_MAX_BYTES,
  };
}

/** The JSON document in some bytes; undefined: they hold none, or one too long to show. */
export function jsonIn(bytes: Buffer): unknown {
  if (!isUtf8(bytes) || bytes.length > TEXT_MAX * 4) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** The envelope with `data` as viewers see it; a document that is no envelope is hidden altogether. */
function withoutPersonal(document: unknown): unknown {
  if (!isObject(document) || !('specversion' in document)) return HIDDEN;
  const envelope = Object.entries(document).map(([name, value]) => [
    name,
    name === 'data' ? hide(value, false) : isScalar(value) ? value : HIDDEN,
  ]);
  return Object.fromEntries(envelope);
}

function hide(value: unknown, isShown: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => hide(one, isShown));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hide(one, SHOWN.has(name))]));
  return isShown || value === null ? value : HIDDEN;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}
