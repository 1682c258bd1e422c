/** The figures of a run of orders. */
import { type CommonFigures, commonFigures, endsPerSecond, sinceDue } from '../common-figures.ts';
import type { Spread } from '../percentiles.ts';
import type { RunRecord } from '../run-record.ts';
import type { Schedule } from '../schedule.ts';

export interface Figures extends CommonFigures {
  /** From the scheduled time until `order-completed` was read, ms. */
  readonly completed: Spread | null;
  /**
   * From the scheduled time until `ended_at` of the saga's row, ms: the batch's clock, a commit earlier than the row
   * is visible.
   */
  readonly failed: Spread | null;
  /** Completed within the window, of whichever orders, a second. */
  readonly completedPerSecond: number;
}

/** Works out the figures. `failedOrders`: the numbers of those that ended failed. */
export function figuresOf(plan: Schedule, record: RunRecord, failedOrders: ReadonlySet<number>): Figures {
  const completed = (order: number) => !failedOrders.has(order);
  return {
    ...commonFigures(plan, record),
    completed: sinceDue(plan, record.endedAt, completed),
    failed: sinceDue(plan, record.endedAt, (order) => failedOrders.has(order)),
    completedPerSecond: endsPerSecond(plan, record, completed),
  };
}
