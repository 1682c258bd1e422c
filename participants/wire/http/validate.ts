/** Checks what comes in against a schema and says, field by field, what is wrong with it. */
import type * as z from 'zod';
import { hasUnsafeText } from '../codec.ts';
import { isUuid } from '../ids.ts';
import { type FieldError, Problem } from './problem.ts';

const MAX_ERRORS = 20;
const MAX_KEY_LENGTH = 200;

/**
 * A value that fits a schema.
 * @throws Problem `validation` naming each field that does not
 */
export function valid<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, MAX_ERRORS).map(toFieldError);
  throw new Problem('validation', errors.map((e) => `${e.pointer || 'the body'}: ${e.detail}`).join('; '), {
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

/**
 * The id in a path.
 * @throws Problem `validation` when it is no UUID
 */
export function idIn(value: unknown): string {
  const id = String(value).toLowerCase();
  if (!isUuid(id)) throw new Problem('validation', 'the id in the path is no UUID');
  return id;
}

/**
 * The Idempotency-Key of a request, or null.
 * @throws Problem `validation` when it is empty, too long, or not printable ASCII
 */
export function idempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (!/^[\x20-\x7e]+$/.test(header) || header.length > MAX_KEY_LENGTH) {
    throw new Problem(
      'validation',
      `Idempotency-Key must be 1 to ${MAX_KEY_LENGTH} printable ASCII characters`,
    );
  }
  return header;
}

function toFieldError(issue: z.core.$ZodIssue): FieldError {
  return { pointer: issue.path.map((part) => `/${String(part)}`).join(''), detail: issue.message };
}
