/** Schemas that requests and answers share. */
import * as z from 'zod';
import { isUuid } from '#protocol/ids.ts';

/** An instant: a Date in a view, a text in JSON. */
export const instant = z.date();
/** An instant that is a text in the view too. */
export const instantText = z.string().meta({ format: 'date-time' });
export const uuid = z.string().meta({ format: 'uuid' });
/** The path of another resource. */
export const link = z.string().meta({ format: 'uri-reference' });
export const count = z.int().min(0);
/** An amount of money. */
export const minorUnits = z.int().describe('In the currency’s minor unit.');
export const currency = z.string().describe('Three letters (ISO 4217).');
/** An object with any fields. */
export const anyFields = z.record(z.string(), z.unknown());

export const idInPath = z.object({
  id: z.string().toLowerCase().refine(isUuid, 'is no UUID').meta({ format: 'uuid' }),
});

const MAX_KEY_LENGTH = 200;

/** The key under which a repeated request takes effect once. */
export const idempotencyKey = z
  .string()
  .max(MAX_KEY_LENGTH)
  .regex(/^[\x20-\x7e]+$/, `must be 1 to ${MAX_KEY_LENGTH} printable ASCII characters`)
  .optional()
  .describe('A repeat of the request under the same key takes effect once and gets the same answer.');

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;

export const pageLimit = z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT);

export const pageCursor = z.string().max(100).optional().describe('The `nextCursor` of the previous page.');

export const flag = z.enum(['true', 'false']).optional();

export const nextCursor = z.string().nullable().describe('null on the last page.');
export const nextNumber = z.int().nullable().describe('null on the last page.');

type Deep<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Deep<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Deep<T[Key]> }
      : T;

/** A schema's output, deeply read-only. */
export type View<Schema extends z.ZodType> = Deep<z.output<Schema>>;
