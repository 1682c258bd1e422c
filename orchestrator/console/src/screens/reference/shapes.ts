/** What a JSON schema says of a value, as a reader needs it: its type, its rules, its fields. Pure. */

export type Schema = Readonly<Record<string, unknown>>;
/** Finds the schema that a `$ref` names. */
export type Resolve = (ref: string) => Schema | undefined;

/** A word of a type, or a named schema. */
export type TypePart = { readonly text: string } | { readonly ref: string };
export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly shape: Shape;
}
/** One of several shapes that a value may have. */
export interface Variant {
  /** What it is known by: `action: "skip"`; otherwise its number. */
  readonly label: string;
  readonly shape: Shape;
}
export interface Shape {
  readonly type: readonly TypePart[];
  /** In the words of JSON Schema: `maxLength: 200`. */
  readonly rules: readonly string[];
  readonly about: string;
  readonly fields: readonly Field[];
  readonly variants: readonly Variant[];
}

const RULES = [
  ...['format', 'minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum'],
  ...['exclusiveMaximum', 'minItems', 'maxItems', 'uniqueItems', 'default'],
] as const;

/** The shape of a value whose schema is named nowhere, or of a named schema itself. */
export function shapeOf(schema: Schema, resolve: Resolve): Shape {
  const { $ref, ...beside } = schema;
  const named = typeof $ref === 'string' ? resolve($ref) : undefined;
  return innerShape(named === undefined ? schema : { ...named, ...beside }, resolve);
}

/** As `shapeOf`, but a named schema stays a name: its fields stand under it, once. */
function innerShape(given: Schema, resolve: Resolve): Shape {
  const schema = merged(given, resolve);
  const options = listOf(schema['anyOf'] ?? schema['oneOf']);
  const shape = options.length === 0 ? plainShape(schema, resolve) : choice(options, resolve);
  return { ...shape, rules: [...rulesOf(schema), ...shape.rules], about: aboutOf(schema) || shape.about };
}

function plainShape(schema: Schema, resolve: Resolve): Shape {
  const { $ref, type, items, additionalProperties } = schema;
  if (typeof $ref === 'string') return leaf([{ ref: nameOf($ref) }]);
  const values = 'const' in schema ? [schema['const']] : listOf(schema['enum']);
  if (values.length > 0) return leaf([{ text: values.map((one) => JSON.stringify(one)).join(' | ') }]);
  if (isSchema(items)) {
    const item = innerShape(items, resolve);
    const isChoice =
      item.type.length > 1 || item.type.some((part) => 'text' in part && / \| /.test(part.text));
    const inner = isChoice ? [{ text: '(' }, ...item.type, { text: ')' }] : item.type;
    return { ...item, type: [...inner, { text: '[]' }], about: '', rules: item.rules };
  }
  const fields = fieldsOf(schema, resolve);
  if (fields.length > 0) return { ...leaf([{ text: 'object' }]), fields };
  if (isSchema(additionalProperties) && Object.keys(additionalProperties).length > 0) {
    const value = innerShape(additionalProperties, resolve);
    return { ...value, type: [{ text: 'map of ' }, ...value.type], about: '' };
  }
  return leaf([{ text: typeof type === 'string' ? type : listOf(type).join(' | ') || 'any' }]);
}

/** Those of which none has fields are one type: `string | null`. */
function choice(options: readonly Schema[], resolve: Resolve): Shape {
  const shapes = options.map((one) => innerShape(one, resolve));
  const [only, ...more] = shapes.filter(({ type }) => !isNull(type));
  const type = shapes.flatMap((shape, i) => [...(i === 0 ? [] : [{ text: ' | ' }]), ...shape.type]);
  // A value or null has the fields of the value.
  if (only !== undefined && more.length === 0) return { ...only, type };
  if (shapes.every(({ fields, variants }) => fields.length === 0 && variants.length === 0)) {
    const about = shapes.map((one) => one.about).filter((text) => text !== '');
    const rules = [...new Set(shapes.flatMap((one) => one.rules))];
    return { ...leaf(type), rules, about: about.join(' ') };
  }
  const variants = shapes.map((shape, i) => ({ label: labelOf(shape) ?? String(i + 1), shape }));
  return { ...leaf([{ text: 'one of' }]), variants };
}

/** The fields of its parts together; of two with one name, the later one says more. */
function merged(schema: Schema, resolve: Resolve): Schema {
  const parts = listOf(schema['allOf']);
  if (parts.length === 0) return schema;
  const { allOf: _, ...own } = schema;
  const whole = [...parts, own].map((part) => {
    const { $ref, ...beside } = part;
    const named = typeof $ref === 'string' ? resolve($ref) : undefined;
    return named === undefined ? part : { ...merged(named, resolve), ...beside };
  });
  const properties: Record<string, unknown> = {};
  for (const part of whole) {
    for (const [name, one] of Object.entries((part['properties'] ?? {}) as Schema))
      properties[name] = { ...(properties[name] as Schema | undefined), ...(one as Schema) };
  }
  const required = whole.flatMap((part) => (part['required'] as string[] | undefined) ?? []);
  return { ...Object.assign({}, ...whole), properties, required };
}

function fieldsOf(schema: Schema, resolve: Resolve): Field[] {
  const required = new Set((schema['required'] as string[] | undefined) ?? []);
  return Object.entries((schema['properties'] ?? {}) as Schema).map(([name, one]) => ({
    name,
    required: required.has(name),
    shape: innerShape(one as Schema, resolve),
  }));
}

/** A field that can have one value alone says which variant it is; else one that can have some. */
function labelOf({ fields }: Shape): string | null {
  const labels = fields.flatMap(({ name, shape: { type } }) => {
    const [part, ...more] = type;
    const isLiteral = part !== undefined && more.length === 0 && 'text' in part && part.text.startsWith('"');
    return isLiteral ? [`${name}: ${part.text}`] : [];
  });
  return labels.find((label) => !label.includes(' | ')) ?? labels[0] ?? null;
}

function rulesOf(schema: Schema): string[] {
  return RULES.flatMap((name) => {
    const value = schema[name];
    // The pattern of a named format says nothing more, at length.
    if (value === undefined || (name === 'pattern' && schema['format'] !== undefined)) return [];
    return [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
}

const leaf = (type: readonly TypePart[]): Shape => ({ type, rules: [], about: '', fields: [], variants: [] });
const aboutOf = ({ description }: Schema) => (typeof description === 'string' ? description : '');
const isNull = ([first, ...more]: readonly TypePart[]) =>
  first !== undefined && more.length === 0 && 'text' in first && first.text === 'null';
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;
const listOf = (value: unknown) => (Array.isArray(value) ? value : []) as Schema[];

/** The name of a schema, of its `$ref`. */
export function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}
