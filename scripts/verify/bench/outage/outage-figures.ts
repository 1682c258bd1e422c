/** The figures of a run through an outage: the gateway's load after it, and when orders take no longer than before. Pure. */
import { round, type Spread, spreadOf } from '../percentiles.ts';
import type { RunRecord } from '../run-record.ts';

/** The course of a run, ms since its start. */
export interface Course {
  readonly outageAtMs: number;
  readonly backAtMs: number;
  /** The last order is due then. */
  readonly endMs: number;
}

/** The gateway's counter of answered calls at an instant. */
export interface CallCount {
  readonly atMs: number;
  readonly calls: number;
}

export interface OutageFigures {
  /** From the due time to `order-completed`, of those due before the outage. */
  readonly before: Spread | null;
  /** The gateway's calls a second before the outage. */
  readonly callsBefore: number;
  /** The busiest `PEAK_MS` after the outage, as a multiple of that. */
  readonly overshoot: number;
  /** From the gateway's return until orders completed as quickly as before; null: not within the run. */
  readonly normalAfterSeconds: number | null;
}

const PEAK_MS = 5_000;
/** An order is as quick as before within so many times the p99 of before. */
const NORMAL_FACTOR = 2;

export function outageFigures(
  course: Course,
  record: Pick<RunRecord, 'endedAt'>,
  dueAt: (order: number) => number,
  counts: readonly CallCount[],
): OutageFigures {
  const { outageAtMs, backAtMs } = course;
  const latencies = record.endedAt.map((endedAt, order) => endedAt - dueAt(order));
  // Orders that were under way as the gateway broke down are no measure of before.
  const isBefore = (order: number) => (record.endedAt[order] ?? Number.NaN) < outageAtMs;
  const before = spreadOf(latencies.filter((_, order) => isBefore(order)));
  const callsBefore = perSecond(counts, outageAtMs / 2, outageAtMs) ?? 0;
  const peak = Math.max(
    0,
    ...windows(counts, backAtMs).map(([from, to]) => perSecond(counts, from, to) ?? 0),
  );
  return {
    before,
    callsBefore: round(callsBefore),
    overshoot: callsBefore === 0 ? 0 : round((peak / callsBefore) * 10) / 10,
    normalAfterSeconds: before === null ? null : normalAfter(course, latencies, dueAt, before.p99),
  };
}

/** Seconds from the return until the due time of the first order from which on each was as quick as before, or ended in no order. */
function normalAfter(
  { backAtMs }: Course,
  latencies: Float64Array,
  dueAt: (order: number) => number,
  p99: number,
): number | null {
  const slow = latencies.findLastIndex((ms) => !(ms <= p99 * NORMAL_FACTOR));
  if (slow === latencies.length - 1) return null;
  return Math.max(0, round((dueAt(slow + 1) - backAtMs) / 1000));
}

function windows(counts: readonly CallCount[], fromMs: number): Array<[number, number]> {
  return counts.flatMap(
    ({ atMs }): Array<[number, number]> => (atMs >= fromMs ? [[atMs, atMs + PEAK_MS]] : []),
  );
}

/** Calls a second between the first and the last count of a window; null with fewer than two. */
function perSecond(counts: readonly CallCount[], fromMs: number, toMs: number): number | null {
  const inside = counts.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined || last.atMs === first.atMs) return null;
  return ((last.calls - first.calls) * 1000) / (last.atMs - first.atMs);
}
