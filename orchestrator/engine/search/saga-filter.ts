/**
 * The filter of sagas, one schema: lists, counts, saved views, the command line's options and sets of sagas to act on are made
 * of it. Filters combine: a saga matches all that are given.
 */
import * as z from 'zod';
import { boundsOf, type SearchField } from './search-field.ts';

const TEXT_MAX = 200;
const STATUSES = ['running', 'compensating', 'completed', 'failed'] as const;
/** A hundred years. */
const SPAN_MAX_MS = 3_155_760_000_000;

const text = z.string().min(1).max(TEXT_MAX);
const span = z.int().min(0).max(SPAN_MAX_MS);
const isInstant = (value: string) => z.iso.datetime({ offset: true }).safeParse(value).success;
const instant = z
  .string()
  .max(40)
  .refine(isInstant, 'is no instant, such as 2026-11-30T03:00:00Z')
  .meta({ format: 'date-time' });

const core = {
  status: z.enum(STATUSES).optional().describe('Failed: every executed step was undone.'),
  state: text.optional().describe('A state; it matches its child states too.'),
  active: z
    .boolean()
    .optional()
    .describe('Whether it still runs, or ended and has something open: an incident, an undo, a pause.'),
  stuck: z.boolean().optional().describe('Whether it has an incident, that is, needs a person.'),
  stalled: z
    .boolean()
    .optional()
    .describe('Whether it stays in its state longer than is normal, and no failure explains it.'),
  paused: z.boolean().optional().describe('Whether an operator has paused it.'),
  failedCompensation: z
    .boolean()
    .optional()
    .describe('Whether a step back is refused, needs evidence, or holds with an incident.'),
  fingerprint: text
    .optional()
    .describe('Of its incident, or of the failure that delays it now: as the counts and the sagas have it.'),
  failureParticipant: text
    .optional()
    .describe(
      'Whose failure its incident is, or the one that delays it now: a participant, or `orchestrator`.',
    ),
  failureCode: text.optional().describe('The code of its incident, or of the failure that delays it now.'),
  customerId: z.string().min(1).max(100).optional().describe('The customer it belongs to.'),
  definition: text.optional().describe('The name of its definition.'),
  definitionVersion: z.int().min(1).max(2_147_483_647).optional().describe('The version of its definition.'),
  createdAfter: instant.optional().describe('Created at this instant or later.'),
  createdBefore: instant.optional().describe('Created before this instant.'),
  minAgeMs: span.optional().describe('Created so long ago, or longer.'),
  maxAgeMs: span.optional().describe('Created so long ago at the most.'),
  minInStateMs: span.optional().describe('In its state for so long, or longer. Only active sagas.'),
  maxInStateMs: span.optional().describe('In its state for so long at the most. Only active sagas.'),
  text: text
    .optional()
    .describe(
      'A part of the customer’s id, of a searchable field, or of the code or text of its incident or last failure; or an id: the saga’s, one of its commands’, messages’.',
    ),
};

/** The filters that every saga has. */
export type CoreFilter = z.output<z.ZodObject<typeof core>>;

/** Filters by name: those of every saga, and those that definitions bring. */
export type SagaFilter = CoreFilter & Readonly<Record<string, string | number | boolean | undefined>>;

/** The schema of a filter, with the fields that definitions bring; it names what it accepts. */
export type SagaFilterSchema = z.ZodType<SagaFilter> & {
  readonly shape: Readonly<Record<string, z.ZodType>>;
};

/** The schema of the filter of sagas with these search fields. */
export function sagaFilterOf(fields: readonly SearchField[]): SagaFilterSchema {
  return strictFilter({
    ...core,
    ...Object.fromEntries(fields.flatMap(schemasOf)),
  }) as unknown as SagaFilterSchema;
}

/** A strict object whose refusal of an unknown name lists the known ones. */
export function strictFilter<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${(issue.keys ?? []).map((key) => JSON.stringify(key)).join(', ')} is unknown here; possible are ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}

function schemasOf({ name, kind, about }: SearchField): ReadonlyArray<readonly [string, z.ZodType]> {
  if (kind === 'text') return [[name, text.optional().describe(about)]];
  const { min, max } = boundsOf(name);
  const whole = z.int().min(0);
  return [
    [min, whole.optional().describe(`${about} At least.`)],
    [max, whole.optional().describe(`${about} At most.`)],
  ];
}

/** The orders of a list. */
export const SORTS = ['newest', 'oldest', 'longestInState'] as const;
export type SagaSort = (typeof SORTS)[number];

export const sagaSort = z
  .enum(SORTS)
  .describe('By creation, or by the time in the state, which lists active sagas only.');
