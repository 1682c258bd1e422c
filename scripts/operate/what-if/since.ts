/** When "since" is: a span back from now, or a date, with or without a time. */

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A date, a time and an offset, as the commands show them too. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * `30m`, `12h`, `7d`, or a date such as `2026-11-01` or `2026-11-01 06:00`: as ms since 1970. Without an offset it is local
 * time, as in everything the commands show.
 * @throws Error when it is neither
 */
export function sinceMs(text: string, nowMs: number): number {
  const [, number, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Math.max(0, nowMs - Number(number) * (UNIT_MS[unit] ?? 0));
  const [, date = '', time = '00:00', offset = ''] = INSTANT.exec(text) ?? [];
  const at = Date.parse(`${date}T${time}${offset}`);
  // A day that the month lacks would be read as one of the next month.
  const exists = !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date);
  if (Number.isNaN(at) || !exists) throw new Error('Give 30m, 12h, 7d, or a date such as 2026-11-01.');
  return at;
}
