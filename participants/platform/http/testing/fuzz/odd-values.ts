/** For tests: what no schema expects: hostile texts, values of other kinds, and bodies that are changed somewhere. */
import * as fc from 'fast-check';
import { Known } from './schema-values.ts';

const LONG = 'x'.repeat(5_000);

/** Texts that parsers, databases and terminals stumble over. */
export const oddTexts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    'a\udfffb',
    '\ufeff',
    '\u202eada',
    '\u001b[31m',
    'e\u0301\u0301\u0301',
    '👩‍👩‍👧‍👦',
    "' OR 1=1 --",
    '%',
    '_%\\',
    '../../etc/passwd',
    '%00',
    '%E0%A4%A',
    '{"a":1}',
    '[]',
    'null',
    'true',
    'NaN',
    '-0',
    '-1',
    '1.5',
    '0x10',
    '1e400',
    '2147483648',
    '9007199254740993',
    '9223372036854775808',
    '99999999999999999999999999',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '+275760-09-13T00:00:00.000Z',
    '-271821-04-20T00:00:00.000Z',
    '2026-02-30T00:00:00Z',
    '2026-12-31T23:59:60Z',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    LONG,
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

/** JSON values of any kind. */
export const oddJson: fc.Arbitrary<unknown> = fc.oneof(
  oddTexts,
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -0,
    -1,
    1.5,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    [],
    {},
    [[]],
    [null],
    { '': '' },
    { constructor: { prototype: {} } },
    Array.from({ length: 300 }, (_, i) => i),
    nested(60),
  ),
  fc.jsonValue({ maxDepth: 2, noUnicodeString: false }),
);

/** A value with one part of it removed, replaced, doubled or wrapped, or with a field that it does not know. */
export function changed(value: unknown): fc.Arbitrary<unknown> {
  return fc
    .record({
      at: fc.nat(),
      how: fc.constantFrom('remove', 'replace', 'replace', 'wrap', 'add'),
      odd: oddJson,
      name: oddTexts,
    })
    .map(({ at, how, odd, name }) => {
      const root = { value: copied(value) };
      const places = placesOf(root);
      const place = places[at % places.length];
      if (place === undefined) return odd;
      const { parent, key } = place;
      const old = parent[key];
      if (how === 'replace') parent[key] = odd;
      else if (how === 'wrap') parent[key] = [old];
      else if (how === 'add' && isContainer(old) && !Array.isArray(old))
        Object.defineProperty(old, name, { value: odd, enumerable: true, configurable: true });
      else if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      return root.value;
    });
}

const BREAKS: ReadonlyArray<(text: string) => string | Buffer> = [
  (text) => text.slice(0, -1),
  (text) => `${text}x`,
  (text) => `\ufeff${text}`,
  (text) => ` \r\n\t${text}\n`,
  (text) => text.replace('{', '{"__proto__":{"a":1},'),
  (text) => text.replace('{', '{"reason":"twice",'),
  (text) => text.replace(/\d+/, '1e400'),
  (text) => text.replace(/\d+/, '00'),
  (text) => text.replaceAll('"', "'"),
  (text) => Buffer.from(text.replace(/[a-z]/, '\xe9'), 'latin1'),
  (text) => Buffer.from(text, 'utf16le'),
  () => `${'['.repeat(9_000)}${']'.repeat(9_000)}`,
  () => `{"a":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`,
  () => `"${'y'.repeat(200_000)}"`,
  () => '',
];
const ONE_IN = 8;

/** The text of a body, one in eight of them broken. @param draw which */
export function maybeBroken(text: string, draw: number): string | Buffer {
  if (draw % ONE_IN !== 0) return text;
  return BREAKS[Math.floor(draw / ONE_IN) % BREAKS.length]?.(text) ?? text;
}

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

/** Every part of a value, itself included. */
function placesOf(parent: Record<string, unknown>): Place[] {
  return Object.keys(parent).flatMap((key) => {
    const part = parent[key];
    return [{ parent, key }, ...(isContainer(part) ? placesOf(part) : [])];
  });
}

function copied(value: unknown): unknown {
  if (!isContainer(value)) return value;
  if (Array.isArray(value)) return value.map(copied);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copied(part)]));
}

/** An object or a list; a `Known` is a value. */
function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Known);
}

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}
