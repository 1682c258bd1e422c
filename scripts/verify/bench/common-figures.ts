/** Works the common figures out: only requests of the measured window count, each from its scheduled time. */
import { type Spread, spreadOf } from './percentiles.ts';
import type { RunRecord } from './run-record.ts';
import type { Schedule } from './schedule.ts';

/** The figures of every run. */
export interface CommonFigures {
  /** From the scheduled time to the 202, ms. */
  readonly accepted: Spread | null;
  /** Ends within the window, of whichever requests, a second. */
  readonly endedPerSecond: number;
  /** Accepted requests that had not ended when the window did. */
  readonly backlogAtEnd: number;
  /** From the window's end to the last end, ms. */
  readonly drainMs: number;
  /** How late the generator itself sent, ms: it is in the latencies above. */
  readonly sendLag: Spread | null;
  /** Answers other than 202 by their status; `none`: no answer. */
  readonly notAccepted: Readonly<Record<string, number>>;
}

/** Works out the figures that every run has. */
export function commonFigures(plan: Schedule, record: RunRecord): CommonFigures {
  const { toMs, total } = plan;
  const { ids, endedAt } = record;
  const accepted = (request: number) => ids[request] !== undefined;
  const drainMs = endedAt.reduce((last, at) => (Number.isNaN(at) ? last : Math.max(last, at - toMs)), 0);
  return {
    accepted: sinceDue(plan, record.answeredAt, accepted),
    endedPerSecond: endsPerSecond(plan, record),
    backlogAtEnd: endedAt.reduce((n, at, request) => n + Number(accepted(request) && !(at < toMs)), 0),
    drainMs: Math.round(drainMs),
    sendLag: sinceDue(plan, record.sentAt),
    notAccepted: notAccepted(record, total),
  };
}

/** The spread of some times, each from when its request was due; those of the warm-up are left out. */
export function sinceDue(
  plan: Schedule,
  times: Float64Array,
  counts: (request: number) => boolean = () => true,
): Spread | null {
  const since = times.map((at, request) => (counts(request) ? at - plan.dueAt(request) : Number.NaN));
  return spreadOf(since.subarray(plan.firstMeasured));
}

/** Ends within the window a second, of the requests that count. */
export function endsPerSecond(
  { fromMs, toMs }: Schedule,
  { endedAt }: RunRecord,
  counts: (request: number) => boolean = () => true,
): number {
  const ends = endedAt.reduce(
    (n, at, request) => n + Number(at >= fromMs && at < toMs && counts(request)),
    0,
  );
  return Math.round((ends / ((toMs - fromMs) / 1000)) * 10) / 10;
}

function notAccepted(record: RunRecord, total: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let request = 0; request < total; request++) {
    const status = record.statuses[request];
    if (status === 202) continue;
    const name = status === 0 ? 'none' : String(status);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
