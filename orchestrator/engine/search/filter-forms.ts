/** The filter of sagas in other forms: as the parameters of a query, and as options that a program offers. Pure. */
import * as z from 'zod';
import type { SagaFilterSchema } from './saga-filter.ts';

/** One filter, as far as its form goes. */
export interface FilterOption {
  readonly name: string;
  readonly kind: 'flag' | 'integer' | 'choice' | 'text';
  readonly about: string;
  /** Of a choice. */
  readonly choices?: readonly string[];
}

/** The filters of a schema, in its order. */
export function optionsOf(schema: SagaFilterSchema): FilterOption[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const about = field.description ?? '';
    const inner = innerOf(field);
    if (inner instanceof z.ZodBoolean) return { name, kind: 'flag', about };
    if (inner instanceof z.ZodNumber) return { name, kind: 'integer', about };
    if (inner instanceof z.ZodEnum)
      return { name, kind: 'choice', about, choices: inner.options.map(String) };
    return { name, kind: 'text', about };
  });
}

/** The shape of a query's parameters, which are texts, that parse to the filter's values. */
export function queryShape(schema: SagaFilterSchema): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(schema.shape).map(([name, field]) => {
      const inner = innerOf(field);
      const about = field.description ?? '';
      if (inner instanceof z.ZodBoolean)
        return [name, z.enum(['true', 'false']).transform(isTrue).optional().describe(about)];
      if (!(inner instanceof z.ZodNumber)) return [name, field];
      const { minValue, maxValue } = inner;
      return [
        name,
        z.coerce
          .number()
          .int()
          .min(minValue ?? 0)
          .max(maxValue ?? Number.MAX_SAFE_INTEGER)
          .optional()
          .describe(about),
      ];
    }),
  );
}

function isTrue(word: 'true' | 'false'): boolean {
  return word === 'true';
}

function innerOf(field: z.ZodType): unknown {
  return field instanceof z.ZodOptional ? field.unwrap() : field;
}
