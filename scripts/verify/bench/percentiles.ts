/** Percentiles of latencies: exact, by nearest rank, never interpolated or bucketed. */

/** The spread of a set of latencies, ms. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The spread of some values; NaN stands for "did not happen" and is left out. Null when nothing is left. */
export function spreadOf(values: Float64Array): Spread | null {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return null;
  const at = (percent: number) => round(sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN);
  return { count: sorted.length, p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}

/** A tenth of a millisecond is as fine as any of this can be trusted. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
