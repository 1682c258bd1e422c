/**
 * Text from outside, made safe to show: a terminal obeys control characters, a reader is misled by characters that turn the
 * direction of writing, and a line break forges a line.
 */

/** Control characters (C0, DEL, C1), unpaired surrogates, separators of lines and paragraphs, and whatever turns a direction. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text in one line, with each unsafe character as `\u001b`, the escape that JSON has too. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** A text of several lines: as `printable`, but it keeps line feeds. JSON stays the same JSON. */
export function printableLines(text: string): string {
  return text.replace(UNSAFE, (one) => (one === '\n' ? one : escaped(one)));
}

/** A value of JSON with every text of it printable in one line. */
export function printableIn<Value>(value: Value): Value {
  if (typeof value === 'string') return printable(value) as Value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(printableIn) as Value;
  const entries = Object.entries(value).map(([name, inner]) => [printable(name), printableIn(inner)]);
  return Object.fromEntries(entries) as Value;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
