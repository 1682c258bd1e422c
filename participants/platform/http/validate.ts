/** Checks what comes in against a schema and says, field by field, what is wrong with it. */
import type * as z from 'zod';
import { hasUnsafeText } from '#protocol/codec.ts';
import { type FieldError, Problem } from './problem.ts';

const MAX_ERRORS = 20;

/**
 * A value that fits a schema.
 * @param what the value is, in a person's words
 * @throws Problem `validation` naming each field that does not
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
 * The canonical text of a value, which PostgreSQL and Kafka can carry.
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
