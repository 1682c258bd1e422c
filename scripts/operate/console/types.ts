/** Generates the console's types of the API from the OpenAPI document that the API serves. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { compile } from 'json-schema-to-typescript';
import { apiApp } from '#orchestrator/http/app.ts';
import type { ApiParts } from '#orchestrator/http/parts.ts';
import { root } from '../../run/stack/places.ts';

type Schema = Readonly<Record<string, unknown>>;
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}
interface DescribedOperation {
  readonly operationId: string;
  readonly 'x-roles'?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The generated file. */
export const TYPES_FILE = join(root, 'orchestrator/console/src/generated/api.ts');

const BANNER = `/**
 * Types of the API's operations, by their ids, and the roles that may call each. Generated from \`/openapi.json\` by
 * \`npm run build -- --types\`; a test compares the two.
 */`;

/** The document, as a running API answers it. */
export async function servedDocument(): Promise<Document> {
  // The routes are only described, so no part of the API is used.
  const parts = { definitions: new Map() } as unknown as ApiParts;
  const server = createServer(apiApp(parts, () => null));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return (await (await fetch(`http://127.0.0.1:${port}/openapi.json`)).json()) as Document;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The text of the generated file. */
export async function typesOf({ paths, components }: Document): Promise<string> {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const answers = operations.map(({ operation }) => [operation.operationId, shapeOf(operation)] as const);
  const text = JSON.stringify({
    title: 'Operations',
    ...objectOf(Object.fromEntries(answers)),
    $defs: components.schemas,
  }).replaceAll('"#/components/schemas/', '"#/$defs/');
  const types = await compile(JSON.parse(text), 'Operations', {
    bannerComment: BANNER,
    additionalProperties: false,
    format: false,
    strictIndexSignatures: false,
  });
  const table = operations.map(({ path, method, operation }) => {
    const value = { method: method.toUpperCase(), path, roles: operation['x-roles'] ?? null };
    return `  ${operation.operationId}: ${JSON.stringify(value)},`;
  });
  return `${types.trim()}\n\n/** Where each operation is, and which roles may call it; null: anybody. */\nexport const OPERATIONS = {\n${table.join('\n')}\n} as const;\n`;
}

/** What an operation takes, and its answers that are no problems. */
function shapeOf({ parameters = [], requestBody, responses }: DescribedOperation): Schema {
  const body = requestBody?.content['application/json']?.schema;
  const answers = Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = content?.['application/json']?.schema;
    return /^2/.test(status) && schema !== undefined ? [schema] : [];
  });
  const given = (place: string) => parameters.filter((one) => one.in === place);
  return objectOf({
    params: parametersOf(given('path')),
    query: parametersOf(given('query')),
    ...(body !== undefined && { body }),
    answer: answers.length === 1 ? (answers[0] as Schema) : { anyOf: answers },
  });
}

function parametersOf(all: readonly Parameter[]): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(all.map(({ name, schema }) => [name, schema])),
    required: all.filter(({ required }) => required).map(({ name }) => name),
  };
}

function objectOf(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', additionalProperties: false, properties, required: Object.keys(properties) };
}
