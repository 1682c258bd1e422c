/** Generates an OpenAPI document from the schemas by which the routes check requests and type answers. */
import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { ROLES } from '../process/auth-tokens.ts';
import type { AnswerHeader, AnswerShape, Described } from './operation.ts';
import { kindOf, type ProblemHeader, type ProblemKind, problemBody, typeOf } from './problem.ts';

type Json = Readonly<Record<string, unknown>>;

/** A schema in the document. */
interface Schema extends Json {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

const ABOUT = `Errors are RFC 9457 problems with a stable \`type\`. A path answers 405 to a method that it lacks. Later versions
may add fields to answers and problems to operations: ignore unknown ones. Cursors are opaque.

A 503 means: not done, and it never will be; repeat the request. A 504 (\`outcome-unknown\`) means: it may have been done,
or may be done within the next minute; \`links.self\` and Location, where given, are the address that shows it. With an
Idempotency-Key a request takes effect once: repeat it under the same key after any answer, and after none. Without a
key, do not repeat it after a 504, a time-out of yours, or a lost connection, for it could be done twice: read the address
first, or send a key with each request.`;

const PROBLEM = 'problem';
const HEADERS: Readonly<Record<AnswerHeader | ProblemHeader, string>> = {
  'accept-encoding': 'The encodings of a body that the path reads.',
  etag: 'The revision of the saga, for If-Match.',
  location: 'The address of the resource that was, or may have been, created.',
  'retry-after': 'The delay before a retry, in seconds.',
  upgrade: 'The protocol to upgrade to.',
  'www-authenticate': 'How to authenticate.',
};

/** The OpenAPI 3.1 document of some operations. @param about one more paragraph of the description */
export function openApiDocument(title: string, operations: readonly Described[], about = ''): object {
  const { schemas, components } = schemasOf(operations);
  const paths: Record<string, Record<string, object>> = {};
  for (const one of operations) {
    const path = one.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: operationOf(one, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: '1',
      description: `${ABOUT}\n\n${about}`.trim(),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `The claim \`role\` is one of ${ROLES.join(', ')}; \`sub\` of a customer is the customer.`,
        },
      },
    },
  };
}

/** The problems an operation may answer: its own, and those that follow from its inputs and its roles. */
export function problemsOf({ method, roles, reads = {}, problems = [] }: Described): ProblemKind[] {
  const { params, body } = reads;
  const isRead = Object.keys(reads).length > 0;
  const kinds: Array<ProblemKind | false> = [
    // A path that does not decode; a truncated body.
    (params !== undefined || body !== undefined) && 'bad-request',
    isRead && 'validation',
    ...(body === undefined ? [] : (['not-json', 'too-large', 'unsupported-media-type'] as const)),
    params !== undefined && 'not-found',
    ...(roles === null ? [] : (['unauthenticated', 'unavailable'] as const)),
    roles !== null && roles.length < ROLES.length && 'forbidden',
    method !== 'GET' && 'outcome-unknown',
    ...problems,
    'internal',
  ];
  return [...new Set(kinds.filter((kind) => kind !== false))];
}

function operationOf(one: Described, schemas: Readonly<Record<string, Schema>>): object {
  const { id, summary, description, roles, reads = {}, answers } = one;
  const who = roles === null ? undefined : `For the roles ${roles.join(', ')}.`;
  const more = [description, who].filter((text) => text !== undefined).join(' ');
  const body = schemas[nameOf(one, 'body')];
  return {
    operationId: id,
    summary,
    ...(more !== '' && { description: more }),
    tags: [/^\/v1\/([^/]+)/.exec(one.path)?.[1] ?? 'process'],
    ...(roles !== null && { 'x-roles': roles }),
    security: roles === null ? [] : [{ bearer: [] }],
    parameters: [
      ...parameters('path', schemas[nameOf(one, 'params')]),
      ...parameters('query', schemas[nameOf(one, 'query')]),
      ...parameters('header', schemas[nameOf(one, 'headers')]),
    ],
    ...(body !== undefined && {
      requestBody: {
        required: !reads.body?.safeParse(undefined).success,
        content: { 'application/json': { schema: body } },
      },
    }),
    responses: {
      ...problemResponses(problemsOf(one), schemas[PROBLEM]),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, shape]) => [
          status,
          responseOf(status, shape, schemas[nameOf(one, status)]),
        ]),
      ),
    },
  };
}

function parameters(place: 'path' | 'query' | 'header', schema: Schema | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    ...(description !== undefined && { description }),
    required: schema?.required?.includes(name) ?? false,
    schema: rest,
  }));
}

function responseOf(
  status: string,
  { type, textType, headers = [] }: AnswerShape,
  schema: Schema | undefined,
): object {
  const asText = textType === undefined ? {} : { [textType]: { schema: { type: 'string' } } };
  return {
    description: STATUS_CODES[status] ?? '',
    ...(headers.length > 0 && { headers: headersOf(headers, true) }),
    ...(schema !== undefined && { content: { [type ?? 'application/json']: { schema }, ...asText } }),
  };
}

/** The responses by status; each lists its kinds of problem. */
function problemResponses(kinds: readonly ProblemKind[], schema: Schema | undefined): Record<string, object> {
  const byStatus = Map.groupBy(kinds, (kind) => kindOf(kind).status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => {
      const headers = new Set(some.flatMap((kind) => kindOf(kind).headers ?? []));
      const type = { enum: some.map(typeOf) };
      return [
        status,
        {
          description: some.map((kind) => `${kindOf(kind).title} (\`${kind}\`).`).join(' '),
          ...(headers.size > 0 && { headers: headersOf([...headers], false) }),
          content: { 'application/problem+json': { schema: { ...schema, properties: { type } } } },
        },
      ];
    }),
  );
}

function headersOf(names: ReadonlyArray<AnswerHeader | ProblemHeader>, required: boolean): object {
  return Object.fromEntries(
    names.map((name) => [name, { description: HEADERS[name], required, schema: { type: 'string' } }]),
  );
}

/** Converts all schemas at once, so that a named schema stands in the document once. */
function schemasOf(operations: readonly Described[]) {
  const all: Record<string, z.ZodType> = { [PROBLEM]: problemBody };
  for (const one of operations) {
    for (const [part, schema] of Object.entries(one.reads ?? {})) all[nameOf(one, part)] = schema;
    for (const [status, { body }] of Object.entries(one.answers))
      if (body !== null) all[nameOf(one, status)] = body;
  }
  const { properties = {}, $defs = {} } = z.toJSONSchema(z.object(all), {
    // Inputs as callers send them, before defaults; objects stay open unless strict, for later versions add fields.
    io: 'input',
    unrepresentable: ({ zodSchema }) =>
      zodSchema._zod.def.type === 'date' ? { type: 'string', format: 'date-time' } : 'throw',
    override: ({ jsonSchema }) => {
      // The bounds of every safe integer, repeated at each integer.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const text = JSON.stringify({ schemas: properties, components: $defs });
  return JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as {
    schemas: Readonly<Record<string, Schema>>;
    components: Readonly<Record<string, Schema>>;
  };
}

function nameOf({ id }: Described, part: string): string {
  return `${id} ${part}`;
}
