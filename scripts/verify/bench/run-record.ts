/**
 * The record of a run's requests (orders, coupon requests): a few numbers in typed arrays, so that recording costs
 * little.
 */

/** Per request, by its number. Times are ms since the start of the run; NaN: it did not happen. */
export interface RunRecord {
  readonly sentAt: Float64Array;
  /** When the answer to the POST had arrived. */
  readonly answeredAt: Float64Array;
  /** Its HTTP status; 0: no answer. */
  readonly statuses: Uint16Array;
  /** The id it was given, once accepted. */
  readonly ids: Array<string | undefined>;
  /** When its end was seen. */
  readonly endedAt: Float64Array;
}

/** An empty record. */
export function newRecord(total: number): RunRecord {
  return {
    sentAt: new Float64Array(total).fill(Number.NaN),
    answeredAt: new Float64Array(total).fill(Number.NaN),
    statuses: new Uint16Array(total),
    ids: new Array<string | undefined>(total),
    endedAt: new Float64Array(total).fill(Number.NaN),
  };
}

/** A clock that counts from the start of a run. */
export interface RunClock {
  /** ms since the start. */
  now(): number;
  /** The start, ms since 1970. */
  readonly startedAt: number;
}

/** Starts a clock. Monotonic: a correction of the system's time does not touch it. */
export function startClock(): RunClock {
  const base = performance.now();
  return { now: () => performance.now() - base, startedAt: performance.timeOrigin + base };
}
