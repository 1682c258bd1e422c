/** Months, and which of them are old enough to go. Pure: the clock is passed in. */
import { monthStart } from '#platform/postgres/month-partitions.ts';
import { uuidv7Floor } from '#protocol/ids.ts';

/** A calendar month, UTC: its first instant, the end (exclusive), and the ids made in it. */
export interface Month {
  /** `2026-11`. */
  readonly name: string;
  readonly from: Date;
  readonly until: Date;
  readonly idsFrom: string;
  readonly idsUntil: string;
}

/** @param from the first instant of the month */
export function monthFrom(from: Date): Month {
  const until = monthStart(from.getTime(), 1);
  return {
    name: from.toISOString().slice(0, 7),
    from,
    until,
    idsFrom: uuidv7Floor(from.getTime()),
    idsUntil: uuidv7Floor(until.getTime()),
  };
}

/** The month of a partition by its name; null for any other table. */
export function monthOfPartition(name: string): Month | null {
  const found = /_(\d{4,})_(\d\d)$/.exec(name);
  if (found === null) return null;
  return monthFrom(new Date(Date.UTC(Number(found[1]), Number(found[2]) - 1, 1)));
}

/** Whether a month is over for longer than so many whole months. */
export function isOld(month: Month, keptMonths: number, nowMs: number): boolean {
  return month.from < monthStart(nowMs, -keptMonths);
}

/** The first instant of what is kept. */
export function keptFrom(keptMonths: number, nowMs: number): Date {
  return monthStart(nowMs, -keptMonths);
}

/** Old months, the oldest first, each once. */
export function oldMonths(partitions: readonly string[], keptMonths: number, nowMs: number): Month[] {
  const all = new Map<string, Month>();
  for (const name of partitions) {
    const month = monthOfPartition(name);
    if (month !== null && isOld(month, keptMonths, nowMs)) all.set(month.name, month);
  }
  return [...all.values()].sort((a, b) => a.from.getTime() - b.from.getTime());
}
