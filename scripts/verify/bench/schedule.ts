/** When each request is due: an open loop, so its time does not wait for the answers to those before it. */

/** The plan of a run. Times are ms since its start. */
export interface Schedule {
  /** Requests in all, warm-up included. */
  readonly total: number;
  /** The first that is measured; those before it warm up. */
  readonly firstMeasured: number;
  /** The measured window. */
  readonly fromMs: number;
  readonly toMs: number;
  dueAt(request: number): number;
}

/** The warm-up runs at this share of the rate. */
const WARMUP_SHARE = 1 / 3;

/** Evenly spaced requests: first the warm-up, then, without a pause, the measured ones. `rate` is in requests a second. */
export function schedule(options: { rate: number; count: number; warmupMs: number }): Schedule {
  const { rate, count, warmupMs } = options;
  const everyMs = 1000 / rate;
  const warmupEveryMs = everyMs / WARMUP_SHARE;
  const firstMeasured = Math.round(warmupMs / warmupEveryMs);
  return {
    total: firstMeasured + count,
    firstMeasured,
    fromMs: warmupMs,
    toMs: warmupMs + count * everyMs,
    dueAt: (request) =>
      request < firstMeasured ? request * warmupEveryMs : warmupMs + (request - firstMeasured) * everyMs,
  };
}
