/** For tests: checks a process's answers against its own `openapi.json`, with every object closed. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Role } from '../../process/auth-tokens.ts';

/** A request that was sent. */
export interface Sent {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: string | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Throws when the document does not describe an answer, or a request that the process accepted. */
export type Check = (sent: Sent, answered: Answered) => void;

interface Content {
  readonly [type: string]: { readonly schema: object };
}

/** The fields of an operation that tests read. */
export interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  /** The roles that may call it; absent: no token is needed. */
  readonly 'x-roles'?: readonly Role[];
  readonly parameters: ReadonlyArray<{
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: object;
  }>;
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: {
    readonly [status: string]: {
      readonly headers?: { readonly [name: string]: { readonly required: boolean } };
      readonly content?: Content;
    };
  };
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly [method: string]: DocumentedOperation } };
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** A process sends these headers only where they are described. */
const HEADERS = ['etag', 'location', 'retry-after', 'upgrade', 'www-authenticate'];
const PROBLEM = { $ref: 'doc#/components/schemas/Problem' };

/** Fetches a process's document. */
export async function openApiOf(url: string): Promise<OpenApiDocument> {
  const response = await fetch(new URL('/openapi.json', url));
  if (!response.ok) throw new Error(`${url} answers ${response.status} to a request for openapi.json`);
  return (await response.json()) as OpenApiDocument;
}

/** Checks against the document with every object closed, so that an undescribed field fails. */
export function checkBy(document: OpenApiDocument): Check {
  const text = JSON.stringify(document).replaceAll('"#/components/', '"doc#/components/');
  const { paths, components } = JSON.parse(text, closed) as OpenApiDocument;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'doc', components });
  // Templates with parameters come last.
  const templates = Object.keys(paths).sort((a, b) => a.split('{').length - b.split('{').length);

  return ({ method, path, body }, { status, headers, text: answer }) => {
    const [where = '', query = ''] = path.split('?');
    const template = templates.find((one) => isOf(one, where));
    const operation = paths[template ?? '']?.[method.toLowerCase()];
    const fail = (what: string): never => {
      throw new Error(
        `openapi.json on ${method} ${template ?? where}, answered ${status}: ${what}\n${answer}`,
      );
    };
    const fits = (schema: object, value: unknown) => {
      if (!ajv.validate(schema, value)) fail(ajv.errorsText());
    };
    if (operation === undefined) {
      const expected = template === undefined ? 404 : 405;
      if (status !== expected) fail(`not described, so it must be ${expected}`);
      return fits(PROBLEM, JSON.parse(answer));
    }
    const described = operation.responses[status] ?? fail('this status is not described');
    for (const name of HEADERS) {
      const header = described.headers?.[name];
      if (headers.has(name) && header === undefined) fail(`the header ${name} is not described`);
      if (!headers.has(name) && header?.required) fail(`the header ${name} is missing`);
    }
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const { schema } = described.content?.[type] ?? fail(`the type ${type} is not described`);
    fits(schema, type.endsWith('json') ? JSON.parse(answer) : answer);
    if (status >= 300) return;
    for (const name of new URLSearchParams(query).keys()) {
      const isKnown = operation.parameters.some((one) => one.in === 'query' && one.name === name);
      if (!isKnown) fail(`${name} was accepted, and is not described`);
    }
    const json = operation.requestBody?.content['application/json'];
    if (json !== undefined && body !== undefined) fits(json.schema, JSON.parse(body));
    if (body === undefined && operation.requestBody?.required) fail('the process accepted it without a body');
  };
}

function isOf(template: string, path: string): boolean {
  const [wanted, parts] = [template.split('/'), path.split('/')];
  return (
    wanted.length === parts.length &&
    wanted.every((one, i) => one === parts[i] || (one[0] === '{' && parts[i] !== ''))
  );
}

/** For `JSON.parse`: closes an object that does not mention further fields. */
function closed(_key: string, value: unknown): unknown {
  const { type, properties, additionalProperties } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isOpen = type === 'object' && properties !== undefined && additionalProperties === undefined;
  return isOpen ? { ...(value as object), additionalProperties: false } : value;
}
