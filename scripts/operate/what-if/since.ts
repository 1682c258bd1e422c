/** When "since" is: a span back from now, or a date. */

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `30m`, `12h`, `7d`, or a date: as ms since 1970.
 * @throws Error when it is neither
 */
export function sinceMs(text: string, nowMs: number): number {
  const [, number, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Math.max(0, nowMs - Number(number) * (UNIT_MS[unit] ?? 0));
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new Error('Give 30m, 12h, 7d, or a date such as 2026-11-01.');
  return at;
}
