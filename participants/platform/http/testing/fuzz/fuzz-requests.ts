/** For tests: requests for an operation of an OpenAPI document: valid ones, and such as are wrong in every part. */
import * as fc from 'fast-check';
import { ROLES, type Role } from '../../../process/auth-tokens.ts';
import type { DocumentedOperation } from '../openapi.ts';
import { changed, maybeBroken, oddJson, oddTexts } from './odd-values.ts';
import { type JsonSchema, Known, valuesOf } from './schema-values.ts';

/** An operation with its place in the document. */
export interface FuzzedOperation {
  readonly method: string;
  /** Such as `/v1/orders/{id}`. */
  readonly template: string;
  readonly operation: DocumentedOperation;
  /** Bodies that it accepts although they are hardly ever drawn from its schema. */
  readonly samples: readonly unknown[];
}

/** A role; null: no token; `broken`: a token that is none. */
export type Caller = Role | null | 'broken';

export interface FuzzRequest {
  readonly as: Caller;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Values of earlier answers, by the names of their fields. */
export type KnownValues = ReadonlyMap<string, readonly unknown[]>;
/** A request once the values of earlier answers are there. */
export type Draft = (known: KnownValues) => FuzzRequest;

type Components = Readonly<Record<string, JsonSchema>>;
type Pair = readonly [name: string, value: unknown];

const TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', ''];
const OTHER_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** Valid requests, as far as the schemas go. @param idOf the field by which answers name what a path leads to */
export function validRequests(
  fuzzed: FuzzedOperation,
  components: Components,
  idOf: (template: string) => string,
  as: Caller,
): fc.Arbitrary<Draft> {
  const { method, template, operation } = fuzzed;
  return fc
    .record({
      path: pathValues(fuzzed, components, idOf),
      query: pairs(operation, 'query', components),
      headers: pairs(operation, 'header', components),
      body: bodyValues(fuzzed, components),
    })
    .map(({ path, query, headers, body }) => (known) => ({
      as,
      method,
      path: pathOf(template, resolved(path, known) as string[]) + queryOf(resolved(query, known) as Pair[]),
      headers: { 'content-type': 'application/json', ...headersOf(resolved(headers, known) as Pair[]) },
      ...(body !== undefined && { body: JSON.stringify(resolved(body, known)) }),
    }));
}

/** Requests of which most are wrong somewhere. */
export function wrongRequests(
  fuzzed: FuzzedOperation,
  components: Components,
  idOf: (template: string) => string,
): fc.Arbitrary<Draft> {
  const { method, template, operation } = fuzzed;
  const roles = operation['x-roles'] ?? [];
  const permitted = roles.length === 0 ? fc.constant<Caller>(null) : fc.constantFrom<Caller>(...roles);
  const anybody = fc.constantFrom<Caller>(...ROLES, null, 'broken');
  const body = bodyValues(fuzzed, components);
  return fc
    .record({
      as: mostly(6, permitted, anybody),
      method: mostly(30, fc.constant(method), fc.constantFrom(...OTHER_METHODS)),
      path: pathValues(fuzzed, components, idOf).chain((values) => spoilt(values, oddTexts)),
      query: pairs(operation, 'query', components).chain((values) => oddPairs(values, oddTexts)),
      headers: pairs(operation, 'header', components).chain((values) => oddPairs(values, oddHeaders)),
      type: mostly(15, fc.constant('application/json'), fc.constantFrom(...TYPES)),
      body: fc.oneof(
        { weight: 4, arbitrary: body },
        { weight: 4, arbitrary: body.chain(changed) },
        { weight: 1, arbitrary: oddJson },
      ),
      draw: fc.nat(),
    })
    .map(({ as, method: sent, path, query, headers, type, body: value, draw }) => (known) => {
      const hasBody = operation.requestBody !== undefined && sent !== 'GET';
      return {
        as,
        method: sent,
        path: pathOf(template, resolved(path, known) as string[]) + queryOf(resolved(query, known) as Pair[]),
        headers: {
          ...(type !== '' && { 'content-type': type }),
          ...headersOf(resolved(headers, known) as Pair[]),
        },
        ...(hasBody && { body: maybeBroken(JSON.stringify(resolved(value, known)) ?? '', draw) }),
      };
    });
}

function mostly<T>(weight: number, usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other });
}

function pathValues(
  { template, operation }: FuzzedOperation,
  components: Components,
  idOf: (template: string) => string,
): fc.Arbitrary<unknown[]> {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  return fc.tuple(
    ...names.map((name) => {
      const schema = operation.parameters.find((one) => one.in === 'path' && one.name === name)?.schema ?? {};
      const end = template.indexOf(`{${name}}`) + name.length + 2;
      const field = name === 'id' ? idOf(template.slice(0, end)) : name;
      // Most reach something, for what is behind a 404 is never tried otherwise.
      return fc
        .tuple(fc.nat(), valuesOf(schema, components))
        .map(([pick, instead]) => (pick % 8 === 0 ? instead : new Known(field, pick, instead)));
    }),
  );
}

function pairs(
  { parameters }: DocumentedOperation,
  place: 'query' | 'header',
  components: Components,
): fc.Arbitrary<Pair[]> {
  const some = parameters.filter((one) => one.in === place && one.name !== 'traceparent');
  if (some.length === 0) return fc.constant([]);
  return fc
    .subarray(some)
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map(({ name, schema }) =>
          valuesOf(schema, components, name.toLowerCase() === 'if-match' ? 'etag' : name).map(
            (value): Pair => [name, value],
          ),
        ),
      ),
    );
}

function bodyValues(
  { operation: { requestBody }, samples }: FuzzedOperation,
  components: Components,
): fc.Arbitrary<unknown> {
  const schema = requestBody?.content['application/json']?.schema;
  if (schema === undefined) return fc.constant(undefined);
  const drawn = valuesOf(schema, components);
  return samples.length === 0 ? drawn : fc.oneof(drawn, fc.constantFrom(...samples));
}

/** The header values that a client can send: visible ASCII and the bytes above it. */
const oddHeaders = fc.oneof(
  fc.constantFrom('*', '""', 'W/"1"', '"0"', '"99999999999"', 'a, b', '\u00e9', 'k'.repeat(300)),
  fc.string({ unit: fc.constantFrom(...'aZ0 "\\,;=\u00ff\u0080'), maxLength: 20 }),
);

/** Values of a path, one of them perhaps odd. */
function spoilt(values: unknown[], odd: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> {
  if (values.length === 0) return fc.constant(values);
  return mostly(
    6,
    fc.constant(values),
    fc.tuple(fc.nat(values.length - 1), odd).map(([at, value]) => values.with(at, value)),
  );
}

/** Parameters, one of them perhaps odd, unknown, or sent twice. */
function oddPairs(values: Pair[], odd: fc.Arbitrary<string>): fc.Arbitrary<Pair[]> {
  const [first] = values;
  if (first === undefined) return fc.constant(values);
  const spoiltPairs = fc
    .tuple(fc.nat(values.length - 1), odd)
    .map(([at, value]) => values.with(at, [values[at]?.[0] ?? '', value]));
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(values) },
    { weight: 4, arbitrary: spoiltPairs },
    { weight: 1, arbitrary: odd.map((value): Pair[] => [...values, [first[0], value]]) },
    { weight: 1, arbitrary: odd.map((value): Pair[] => [...values, ['colour', value]]) },
  );
}

/** With each `Known` replaced by its value. */
function resolved(value: unknown, known: KnownValues): unknown {
  if (value instanceof Known) {
    const some = known.get(value.name) ?? [];
    return some.length === 0 ? value.instead : some[value.pick % some.length];
  }
  if (Array.isArray(value)) return value.map((one) => resolved(one, known));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(one, known)]));
}

function pathOf(template: string, values: readonly unknown[]): string {
  let at = 0;
  return template.replaceAll(/\{\w+\}/g, () => segment(String(values[at++])));
}

/** A segment of a path: never empty and never `.` or `..`, which are other paths. */
function segment(text: string): string {
  return /^\.{0,2}$/.test(text) ? '~' : escaped(text);
}

function queryOf(some: readonly Pair[]): string {
  if (some.length === 0) return '';
  return `?${some.map(([name, value]) => `${name}=${escaped(String(value))}`).join('&')}`;
}

/** Percent-encoded; what is no text of Unicode becomes bytes that are no UTF-8. */
function escaped(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : `%FF%FE${encodeURIComponent(text.toWellFormed())}`;
}

/** Headers as a client can send them: a value sent twice is one with a comma. */
function headersOf(some: readonly Pair[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of some) {
    const text = String(value).replaceAll(/[^\x20-\x7e\x80-\xff]/g, '?');
    headers[name] = headers[name] === undefined ? text : `${headers[name]}, ${text}`;
  }
  return headers;
}
