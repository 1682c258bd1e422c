/** Retention's configuration: parsed once, frozen, passed down. */

import * as z from 'zod';
import { PARTICIPANTS } from '#participants/registry.ts';
import type { Kind } from '#platform/postgres/tables.ts';
import { processConfigWithoutKafka } from '#platform/process/config.ts';

/**
 * Whole months kept beside the present one. At least two: `dead-letters` keeps its records for a month, and copies of
 * deleted rows would come back.
 */
const months = z.coerce.number().int().min(2).max(1_200).optional();

/** Of one kind of data. A dispute may come half a year after its charge, and needs its order. */
const kept = (what: string) =>
  months.describe(`Whole months of ${what} kept beside the present one, two at least; for ever without it.`);

export const retentionConfig = processConfigWithoutKafka.extend({
  RETENTION_ORDERS_MONTHS: kept('orders'),
  RETENTION_MOVEMENTS_MONTHS: kept('movements of stock'),
  RETENTION_COUPONS_MONTHS: kept('coupons'),
  RETENTION_DEAD_LETTERS_MONTHS: kept('dead letters'),
  RETENTION_EXPORT_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('The folder to which dropped months are written first; without it they are only dropped.'),
  MAIL_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where notification writes mails as files, if it does: those of an erased customer are deleted.',
    ),
  ERASURES_EVERY_MS: z.coerce
    .number()
    .int()
    .min(100)
    .default(5_000)
    .describe('How often it checks for requests to erase a customer, ms.'),
  RETENTION_EVERY_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(3_600_000)
    .describe('How often it checks for old months, ms.'),
});

/** What is kept, and for how long. */
export interface RetentionSettings {
  /** Whole months beside the present one; a kind that is missing is kept for ever. */
  readonly months: Partial<Readonly<Record<Kind, number>>>;
  readonly exportFolder: string | null;
}

export function settingsOf(config: z.infer<typeof retentionConfig>): RetentionSettings {
  const wanted: Record<Kind, number | undefined> = {
    orders: config.RETENTION_ORDERS_MONTHS,
    movements: config.RETENTION_MOVEMENTS_MONTHS,
    coupons: config.RETENTION_COUPONS_MONTHS,
    'dead-letters': config.RETENTION_DEAD_LETTERS_MONTHS,
  };
  const set = Object.entries(wanted).filter(([, value]) => value !== undefined);
  return { months: Object.fromEntries(set), exportFolder: config.RETENTION_EXPORT_DIR ?? null };
}

const databases = z.object(
  Object.fromEntries(
    PARTICIPANTS.map(({ databaseVariable }) => [databaseVariable, z.string().min(1).optional()]),
  ),
);

/** The database of each schema: a participant's own, else the orchestrator's. */
export function databaseUrls(
  common: string,
  environment: NodeJS.ProcessEnv = process.env,
): ReadonlyMap<string, string> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const own = databases.parse(set);
  return new Map([
    ['orchestrator', common],
    ...PARTICIPANTS.map(({ schema, databaseVariable }) => [schema, own[databaseVariable] ?? common] as const),
  ]);
}
