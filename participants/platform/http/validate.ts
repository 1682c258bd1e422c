/** Checks requests against schemas, and names each invalid field. */
import type * as z from 'zod';
import { hasUnsafeText } from '#protocol/codec.ts';
import { type FieldError, Problem } from './problem.ts';

const MAX_ERRORS = 20;

/**
 * The value, parsed by a schema.
 * @param what names the value in the error text
 * @throws Problem `validation` naming each invalid field
 */
export function valid<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what = 'the body',
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, MAX_ERRORS).map(toFieldError);
  throw new Problem('validation', errors.map((e) => `${e.pointer || what}: ${e.detail}`).join('; '), {
    errors,
  });
}

/**
 * The JSON text of a value that PostgreSQL and Kafka can store.
 * @throws Problem `validation` when a string of it holds U+0000 or half of a surrogate pair
 */
export function canonical(value: unknown): string {
  const text = JSON.stringify(value);
  if (hasUnsafeText(text)) {
    throw new Problem('validation', 'a text holds U+0000 or half of a surrogate pair');
  }
  return text;
}

function toFieldError(issue: z.core.$ZodIssue): FieldError {
  return { pointer: issue.path.map((part) => `/${String(part)}`).join(''), detail: issue.message };
}
