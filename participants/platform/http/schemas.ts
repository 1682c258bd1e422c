/** What the schemas of requests and answers have in common. */
import * as z from 'zod';
import { isUuid } from '#protocol/ids.ts';

/** An instant, as a view gives it; JSON has its text. */
export const instant = z.date();
/** One that is a text already. */
export const instantText = z.string().meta({ format: 'date-time' });
export const uuid = z.string().meta({ format: 'uuid' });
/** The path of another resource. */
export const link = z.string().meta({ format: 'uri-reference' });
export const count = z.int().min(0);
/** An amount of money. */
export const minorUnits = z.int().describe('In the currency’s minor unit.');
export const currency = z.string().describe('Three letters (ISO 4217).');
/** What is there, field by field, whatever the fields are. */
export const anyFields = z.record(z.string(), z.unknown());

/** A UUID that a path names. */
export const idInPath = z.object({
  id: z.string().toLowerCase().refine(isUuid, 'is no UUID').meta({ format: 'uuid' }),
});

const MAX_KEY_LENGTH = 200;

/** What makes a request that is sent twice happen once. */
export const idempotencyKey = z
  .string()
  .max(MAX_KEY_LENGTH)
  .regex(/^[\x20-\x7e]+$/, `must be 1 to ${MAX_KEY_LENGTH} printable ASCII characters`)
  .optional()
  .describe('Said again under the same key, the same request is done once, and answered as it was.');

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;

/** How many items a page has. */
export const pageLimit = z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT);

/** Where a page begins: the `nextCursor` of the one before. */
export const pageCursor = z.string().max(100).optional().describe('The `nextCursor` of the page before.');

/** A flag of a query. */
export const flag = z.enum(['true', 'false']).optional();

/** The cursor of the next page. */
export const nextCursor = z.string().nullable().describe('Null: there is no further page.');
/** The same where it is a number. */
export const nextNumber = z.int().nullable().describe('Null: there is no further page.');

type Deep<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Deep<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Deep<T[Key]> }
      : T;

/** What a schema describes, as a view gives it: nobody changes it. */
export type View<Schema extends z.ZodType> = Deep<z.output<Schema>>;
