/** The API's documents as a reader takes them: operations, messages and named schemas, each with all that is about it. Pure. */
import { nameOf, type Resolve, type Schema, type Shape, shapeOf } from './shapes.ts';

export type Kind = 'operations' | 'messages' | 'schemas';

/** What stands in the index. */
export interface Entry {
  readonly kind: Kind;
  readonly name: string;
  /** A tag, a topic; of a schema its first letter. */
  readonly group: string;
  /** An operation's method and path; otherwise its name. */
  readonly label: string;
  readonly method: string | null;
  readonly summary: string;
  /** All that a search finds it by, in lower case. */
  readonly words: string;
}
export interface Parameter {
  readonly name: string;
  readonly place: string;
  readonly required: boolean;
  readonly shape: Shape;
}
export interface Answer {
  readonly status: string;
  readonly meaning: string;
  readonly type: string;
  readonly headers: readonly string[];
  readonly schema: string | null;
  readonly shape: Shape;
}
export interface Problem {
  readonly status: string;
  readonly kind: string;
  readonly title: string;
}
export interface Operation extends Entry {
  readonly kind: 'operations';
  readonly path: string;
  readonly about: string;
  /** Null: no token is needed. */
  readonly roles: readonly string[] | null;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly schema: string | null; readonly shape: Shape } | null;
  readonly answers: readonly Answer[];
  readonly problems: readonly Problem[];
}
export interface Message extends Entry {
  readonly kind: 'messages';
  /** Of the process whose document it is. */
  readonly action: 'send' | 'receive';
  readonly topic: { readonly name: string; readonly about: string };
  readonly shape: Shape;
}
export interface NamedSchema extends Entry {
  readonly kind: 'schemas';
  readonly shape: Shape;
  /** The operations and the schemas that name it. */
  readonly usedBy: ReadonlyArray<Pick<Entry, 'kind' | 'name'>>;
}

interface Media {
  readonly schema?: Schema;
}
type Content = Readonly<Record<string, Media>>;
interface Response {
  readonly description?: string;
  readonly headers?: Schema;
  readonly content?: Content;
}
interface DescribedOperation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly 'x-roles'?: readonly string[];
  readonly parameters?: ReadonlyArray<{
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }>;
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}
export interface OpenApi {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
export interface AsyncApi {
  readonly channels: Readonly<Record<string, { readonly address: string; readonly description?: string }>>;
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly action: 'send' | 'receive';
        readonly summary?: string;
        readonly channel: { readonly $ref: string };
        readonly messages: ReadonlyArray<{ readonly $ref: string }>;
      }
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const PROBLEM = 'application/problem+json';
const ROLES_SENTENCE = / ?For the roles [\w, ]+\.$/;

export function operationsOf({ paths, components }: OpenApi): Operation[] {
  const resolve = resolverOf(components.schemas);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]): Operation => {
      const { operationId, summary = '', description = '', tags = [], parameters = [], requestBody } = one;
      const body = requestBody?.content['application/json']?.schema;
      return {
        kind: 'operations',
        name: operationId,
        group: tags[0] ?? '',
        label: path,
        method: method.toUpperCase(),
        ...{ path, summary },
        // The roles stand apart.
        about: description.replace(ROLES_SENTENCE, ''),
        roles: one['x-roles'] ?? null,
        parameters: parameters.map((given) => ({
          name: given.name,
          place: given.in,
          required: given.required ?? false,
          shape: shapeOf({ ...given.schema, description: given.description }, resolve),
        })),
        body:
          body === undefined
            ? null
            : {
                required: requestBody?.required ?? false,
                schema: namedBy(body),
                shape: shapeOf(body, resolve),
              },
        answers: answersOf(one, resolve),
        problems: problemsOf(one),
        words: wordsOf([operationId, method, path, summary, description, one], components.schemas),
      };
    }),
  );
}

export function messagesOf({ channels, operations, components }: AsyncApi): Message[] {
  const resolve = resolverOf(components.schemas);
  return Object.values(operations).flatMap(({ action, summary = '', channel, messages }) => {
    const topic = channels[nameOf(channel.$ref)];
    if (topic === undefined) return [];
    return messages.map(({ $ref }): Message => {
      const name = nameOf($ref);
      const schema = components.schemas[name] ?? {};
      return {
        kind: 'messages',
        ...{ name, group: topic.address, label: name, method: null, summary, action },
        topic: { name: topic.address, about: topic.description ?? '' },
        shape: shapeOf(schema, resolve),
        words: wordsOf([name, topic.address, summary, schema], {}),
      };
    });
  });
}

export function schemasOf({ paths, components }: OpenApi): NamedSchema[] {
  const resolve = resolverOf(components.schemas);
  const users = [
    ...Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((one) => ({
        kind: 'operations' as const,
        name: one.operationId,
        text: JSON.stringify(one),
      })),
    ),
    ...Object.entries(components.schemas).map(([name, schema]) => ({
      kind: 'schemas' as const,
      name,
      text: JSON.stringify(schema),
    })),
  ];
  return Object.entries(components.schemas)
    .map(([name, schema]): NamedSchema => {
      const shape = shapeOf(schema, resolve);
      return {
        kind: 'schemas',
        ...{ name, group: name.charAt(0), label: name, method: null, summary: shape.about, shape },
        usedBy: users.flatMap((user) =>
          user.text.includes(`"#/components/schemas/${name}"`) ? [{ kind: user.kind, name: user.name }] : [],
        ),
        words: wordsOf([name, shape.about, schema], {}),
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** The entries that have every word of a text, those first that have it in their names. */
export function found<E extends Entry>(entries: readonly E[], text: string): E[] {
  const wanted = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const isIn = (where: string) => wanted.every((word) => where.includes(word));
  const nameOfEntry = ({ name, label, method }: Entry) => `${name} ${method ?? ''} ${label}`.toLowerCase();
  const all = entries.filter(({ words }) => isIn(words));
  const byName = new Set(all.filter((one) => isIn(nameOfEntry(one))));
  return [...byName, ...all.filter((one) => !byName.has(one))];
}

function answersOf({ responses }: DescribedOperation, resolve: Resolve): Answer[] {
  return Object.entries(responses).flatMap(([status, { description = '', headers = {}, content = {} }]) => {
    const common = { status, meaning: description, headers: Object.keys(headers) };
    const types = Object.entries(content).filter(([type]) => type !== PROBLEM);
    if (Object.keys(content).length === 0)
      return [{ ...common, type: '', schema: null, shape: shapeOf({}, resolve) }];
    return types.map(([type, { schema = {} }]) => ({
      ...common,
      ...{ type, schema: namedBy(schema), shape: shapeOf(schema, resolve) },
    }));
  });
}

/** A response of several problems says of each its title and its kind: ``Not found (`not-found`).`` */
function problemsOf({ responses }: DescribedOperation): Problem[] {
  return Object.entries(responses).flatMap(([status, { description = '', content = {} }]) =>
    content[PROBLEM] === undefined
      ? []
      : [...description.matchAll(/\s*(.+?) \(`([^`]+)`\)\./g)].map(([, title = '', kind = '']) => ({
          ...{ status, kind, title },
        })),
  );
}

function resolverOf(schemas: Readonly<Record<string, Schema>>): Resolve {
  return (ref) => schemas[nameOf(ref)];
}

const namedBy = ({ $ref }: Schema) => (typeof $ref === 'string' ? nameOf($ref) : null);

/** Texts as they stand, and of schemas the names of their fields. */
function wordsOf(of: ReadonlyArray<string | object>, schemas: Readonly<Record<string, Schema>>): string {
  const words = of.flatMap((one) => (typeof one === 'string' ? [one] : fieldNamesIn(one, schemas)));
  return words.join(' ').toLowerCase();
}

function fieldNamesIn(value: unknown, schemas: Readonly<Record<string, Schema>>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'properties') return [...Object.keys(inner as object), ...fieldNamesIn(inner, schemas)];
    // One step: what an operation takes and answers, not all that those name in turn.
    if (key === '$ref' && nameOf(String(inner)) !== 'Problem')
      return [nameOf(String(inner)), ...fieldNamesIn(schemas[nameOf(String(inner))], {})];
    return fieldNamesIn(inner, schemas);
  });
}
