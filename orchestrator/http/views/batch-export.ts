/** All items of a batch in one answer, as JSON or CSV. */
import * as z from 'zod';
import { printable } from '#platform/process/printable.ts';
import { type BatchItemView, batchAnswer, batchItem } from './batch.ts';

export const CSV = 'text/csv';
/** The most items of any batch. */
export const EXPORT_MAX = 10_000;

export const batchExport = z
  .object({ batch: batchAnswer, items: z.array(batchItem).max(EXPORT_MAX) })
  .meta({ id: 'BatchExport', description: 'A batch with all its items.' });

const COLUMNS = [
  'number',
  'target',
  'state',
  'outcome',
  'detail',
  'fingerprint',
  'actionId',
  'actedAt',
] as const satisfies ReadonlyArray<keyof BatchItemView>;

/** The items as comma-separated values (RFC 4180), with a line of names. */
export function csvOf(items: readonly BatchItemView[]): string {
  const lines = items.map((item) => COLUMNS.map((name) => field(item[name])).join(','));
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}

function field(value: string | number | Date | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = printable(value instanceof Date ? value.toISOString() : value);
  // A spreadsheet would take it for a formula.
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
