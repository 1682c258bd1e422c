/** From what was noted to figures: only orders of the measured window count, each from its scheduled time. */
import { type Spread, spreadOf } from '../percentiles.ts';
import type { RunRecord } from './record.ts';
import type { Schedule } from './schedule.ts';

export interface Figures {
  /** From the scheduled time to the answer of the POST, ms. */
  readonly accepted: Spread | null;
  /** From the scheduled time until `order-completed` was read, ms. */
  readonly completed: Spread | null;
  /** From the scheduled time until the saga's row says it ended, ms: the batch's clock, a commit earlier than it shows. */
  readonly failed: Spread | null;
  /** Ends within the window, of whichever orders, a second. */
  readonly completedPerSecond: number;
  readonly endedPerSecond: number;
  /** Orders due by the window's end that had not ended then. */
  readonly backlogAtEnd: number;
  /** From the window's end to the last order's end, ms. */
  readonly drainMs: number;
  /** How late the generator itself sent, ms: it is in the latencies above. */
  readonly sendLag: Spread | null;
  /** Answers other than 202 by their status; `none`: no answer. */
  readonly notAccepted: Readonly<Record<string, number>>;
}

/** Works out the figures. `failedOrders`: the numbers of those that ended failed. */
export function figuresOf(plan: Schedule, record: RunRecord, failedOrders: ReadonlySet<number>): Figures {
  const { fromMs, toMs, firstMeasured, total } = plan;
  const since = (times: Float64Array, counts: (order: number) => boolean = () => true) =>
    spreadOf(
      times.map((at, order) => (counts(order) ? at - plan.dueAt(order) : Number.NaN)).subarray(firstMeasured),
    );
  const accepted = (order: number) => record.ids[order] !== undefined;
  const ended = Array.from(record.endedAt, (at, order) => ({ at, order }));
  const inWindow = ended.filter(({ at }) => at >= fromMs && at < toMs);
  const completedInWindow = inWindow.filter(({ order }) => !failedOrders.has(order)).length;
  const seconds = (toMs - fromMs) / 1000;
  const drainMs = ended.reduce((last, { at }) => (Number.isNaN(at) ? last : Math.max(last, at - toMs)), 0);
  return {
    accepted: since(record.answeredAt, accepted),
    completed: since(record.endedAt, (order) => !failedOrders.has(order)),
    failed: since(record.endedAt, (order) => failedOrders.has(order)),
    completedPerSecond: Math.round((completedInWindow / seconds) * 10) / 10,
    endedPerSecond: Math.round((inWindow.length / seconds) * 10) / 10,
    backlogAtEnd: ended.filter(({ at, order }) => accepted(order) && !(at < toMs)).length,
    drainMs: Math.round(drainMs),
    sendLag: since(record.sentAt),
    notAccepted: notAccepted(record, total),
  };
}

function notAccepted(record: RunRecord, total: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let order = 0; order < total; order++) {
    const status = record.statuses[order];
    if (status === 202) continue;
    const name = status === 0 ? 'none' : String(status);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
