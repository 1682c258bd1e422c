/** Retention's configuration: parsed once, frozen, passed down. */
import * as z from 'zod';
import { PARTICIPANTS } from '#participants/registry.ts';
import { processConfig } from '#platform/process/config.ts';
import type { Kind } from './tables.ts';

/**
 * Whole months kept beside the present one. At least two: `dead-letters` keeps its records for a month, and copies of
 * deleted rows would come back.
 */
const months = z.coerce.number().int().min(2).max(1_200).optional();

export const retentionConfig = processConfig.omit({ KAFKA_BROKERS: true, KAFKA_PREFIX: true }).extend({
  /** Unset: for ever, as with the other three. A dispute may come half a year after its charge, and needs its order. */
  RETENTION_ORDERS_MONTHS: months,
  RETENTION_MOVEMENTS_MONTHS: months,
  RETENTION_COUPONS_MONTHS: months,
  RETENTION_DEAD_LETTERS_MONTHS: months,
  /** Where dropped months are written first; without it they are only dropped. */
  RETENTION_EXPORT_DIR: z.string().min(1).optional(),
  /** Where notification writes mails as files, if it does: an erased customer's are deleted. */
  MAIL_DIR: z.string().min(1).optional(),
  /** How often it checks for requests to erase a customer, ms. */
  ERASURES_EVERY_MS: z.coerce.number().int().min(100).default(5_000),
  /** How often it checks for old months, ms. */
  RETENTION_EVERY_MS: z.coerce.number().int().min(1_000).default(3_600_000),
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
