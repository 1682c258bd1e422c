/** The report of a drain: how many forecasts held, and how wide they were. Pure. */

import type { Conditions } from '../conditions.ts';
import { conditionsLine, plainTable } from '../tables.ts';

/** One forecast that was read while the backlog drained. Instants are ms since 1970. */
export interface Sample {
  readonly sagaId: string;
  readonly at: number;
  readonly cause: string;
  /** Null: the answer was that nobody knows, for this reason. */
  readonly interval: { readonly from: number; readonly to: number } | null;
  readonly unknown?: string;
}

/** A forecast with what came of it. */
export interface JudgedSample extends Sample {
  readonly endedAt: number;
}

export interface DrainReport {
  readonly conditions: Conditions;
  readonly orders: number;
  readonly stopped: string;
  readonly drainedMs: number;
  readonly forecasts: number;
  readonly held: number;
  readonly early: number;
  readonly late: number;
  /** Of the forecasts: the width of the interval over what was left, at the median; and the widths in ms. */
  readonly relativeWidth: number;
  readonly widthMs: number;
  /** Forecasts that were none, by reason. */
  readonly unknown: Readonly<Record<string, number>>;
  readonly samples: readonly JudgedSample[];
}

/** So many of the intervals must hold. */
export const HELD_MIN = 0.95;

/** Judges forecasts by when their sagas ended. Those of sagas that had ended when they were read do not count. */
export function judgeSamples(
  samples: readonly JudgedSample[],
): Pick<DrainReport, 'forecasts' | 'held' | 'early' | 'late' | 'relativeWidth' | 'widthMs' | 'unknown'> {
  const open = samples.filter(({ at, endedAt }) => endedAt > at);
  const given = open.flatMap(({ interval, ...one }) => (interval === null ? [] : [{ ...one, ...interval }]));
  const early = given.filter(({ from, endedAt }) => endedAt < from).length;
  const late = given.filter(({ to, endedAt }) => endedAt > to).length;
  const reasons = open.flatMap(({ unknown }) => unknown ?? []);
  return {
    forecasts: given.length,
    held: given.length - early - late,
    early,
    late,
    relativeWidth: median(given.map(({ from, to, at, endedAt }) => (to - from) / Math.max(1, endedAt - at))),
    widthMs: median(given.map(({ from, to }) => to - from)),
    unknown: Object.fromEntries(
      [...Map.groupBy(reasons, (one) => one)].map(([one, all]) => [one, all.length]),
    ),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(2));
}

/** Whether the forecasts are as good as they must be. */
export function isGood({ forecasts, held }: Pick<DrainReport, 'forecasts' | 'held'>): boolean {
  return forecasts > 0 && held / forecasts >= HELD_MIN;
}

/** The report for people. */
export function drainText(report: DrainReport): string {
  const { orders, stopped, drainedMs, forecasts, held, early, late, relativeWidth, widthMs, unknown } =
    report;
  const table = plainTable([
    'forecasts',
    'held',
    '%',
    'ended before',
    'ended after',
    'width, s',
    'width / what was left',
  ]);
  const share = forecasts === 0 ? 0 : Math.round((held / forecasts) * 1000) / 10;
  table.push([forecasts, held, share, early, late, Math.round(widthMs / 100) / 10, relativeWidth]);
  const none = Object.entries(unknown).map(([reason, count]) => `${count} × unknown: ${reason}`);
  return [
    `${orders} orders behind ${stopped}, which had stopped; drained in ${Math.round(drainedMs / 1000)} s`,
    conditionsLine(report.conditions),
    table.toString(),
    ...none,
    isGood(report) ? '' : `fewer than ${HELD_MIN * 100} % of the intervals held`,
  ]
    .filter(Boolean)
    .join('\n');
}
