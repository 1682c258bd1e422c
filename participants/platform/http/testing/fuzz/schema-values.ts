/** For tests: values that fit a JSON Schema of an OpenAPI document, as fast-check draws them. */
import * as fc from 'fast-check';

/** A JSON Schema, as far as the documents use it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
}

/** A value that answers gave earlier under this name, chosen when the request is sent. */
export class Known {
  readonly name: string;
  readonly pick: number;
  readonly instead: unknown;
  /** @param instead where no answer gave one yet */
  constructor(name: string, pick: number, instead: unknown) {
    this.name = name;
    this.pick = pick;
    this.instead = instead;
  }
}

/** A hash that was drawn is one of another plan, and refused: in most requests, little else of an act would be tried. */
const PLAN_HASH = 'planHash';
const DEPTH_MAX = 6;
/** Lists and texts are rarely longer than this, whatever their schema permits. */
const EXTRA_ITEMS = 3;
const TEXT_USUAL = 40;
const KNOWN_MAX = 1_000;

/**
 * Values that fit a schema.
 * @param components of the document, by name
 * @param name of the field: a text may be one that answers gave earlier under it
 */
export function valuesOf(
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  name = '',
  depth = 0,
): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined)
    return valuesOf(components[schema.$ref.split('/').at(-1) ?? ''] ?? {}, components, name, depth);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((one) => valuesOf(one, components, name, depth)));
  switch (schema.type) {
    case 'string':
      return known(name, texts(schema));
    case 'integer':
      return known(name, numbers(schema));
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return lists(schema, components, name, depth);
    case 'object':
      return objects(schema, components, depth);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

function known(name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (name === '') return values;
  const earlier = fc
    .tuple(fc.nat(KNOWN_MAX), values)
    .map(([pick, instead]) => new Known(name, pick, instead));
  return fc.oneof(earlier, values);
}

function texts({ format, pattern, minLength = 0, maxLength = 200 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((at) => at.toISOString());
  const fits = (text: string) => text.length >= minLength && text.length <= maxLength;
  if (pattern !== undefined) {
    const expression = new RegExp(pattern, 'u');
    // Drawing from whole categories of Unicode takes a second.
    const drawn = pattern.includes('\\p{')
      ? fc.string({ minLength: Math.max(1, minLength), maxLength: TEXT_USUAL })
      : fc.stringMatching(expression);
    return drawn.filter((text) => fits(text) && expression.test(text));
  }
  const usual = fc.string({
    unit: 'grapheme',
    minLength,
    maxLength: Math.max(minLength, Math.min(maxLength, TEXT_USUAL)),
  });
  return fc.oneof(
    { weight: 8, arbitrary: usual.filter(fits) },
    { weight: 1, arbitrary: fc.constant('x'.repeat(maxLength)) },
  );
}

function numbers({ minimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  const [min, max] = [minimum ?? Number.MIN_SAFE_INTEGER, maximum ?? Number.MAX_SAFE_INTEGER];
  const near = fc.integer({ min: 0, max: 20 }).map((ahead) => Math.min(max, Math.max(min, 0) + ahead));
  return fc.oneof(
    near,
    fc.maxSafeInteger().map((one) => Math.min(max, Math.max(min, one))),
    fc.constantFrom(min, max),
  );
}

function lists(
  { items = {}, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  name: string,
  depth: number,
): fc.Arbitrary<unknown> {
  const maxLength = depth >= DEPTH_MAX ? minItems : Math.min(maxItems, minItems + EXTRA_ITEMS);
  return fc.array(valuesOf(items, components, name, depth + 1), { minLength: minItems, maxLength });
}

function objects(
  { properties = {}, required = [], additionalProperties, propertyNames = { type: 'string' } }: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  depth: number,
): fc.Arbitrary<unknown> {
  const names = Object.keys(properties).filter((name) => depth < DEPTH_MAX || required.includes(name));
  const fields = fc.record(
    Object.fromEntries(
      names.map((name) => [name, valuesOf(properties[name] ?? {}, components, name, depth + 1)]),
    ),
    { requiredKeys: names.filter((name) => required.includes(name)) },
  );
  const unplanned = fields.map((drawn) => withoutField(drawn, PLAN_HASH));
  const mostly = names.includes(PLAN_HASH) && !required.includes(PLAN_HASH);
  const own = mostly
    ? fc.oneof({ weight: 4, arbitrary: unplanned }, { weight: 1, arbitrary: fields })
    : fields;
  if (typeof additionalProperties !== 'object') return own;
  const more = fc.dictionary(
    valuesOf(propertyNames, components).map(String),
    valuesOf(additionalProperties, components, '', depth + 1),
    { maxKeys: EXTRA_ITEMS },
  );
  return fc.tuple(more, own).map(([some, named]) => ({ ...some, ...named }));
}

function withoutField(drawn: object, name: string): object {
  return Object.fromEntries(Object.entries(drawn).filter(([field]) => field !== name));
}
