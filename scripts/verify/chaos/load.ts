/** Orders at a steady rate from the first moment to the last, each followed to its end, under every fault. */

import { orderBodies } from '../bench/orders/bodies.ts';
import { watchCompletions } from '../bench/orders/completions.ts';
import { kindOf, type Mix } from '../bench/orders/mix.ts';
import { sendOrders } from '../bench/orders/send-orders.ts';
import { noteInto } from '../bench/recorder.ts';
import { newRecord, type RunClock, type RunRecord, startClock } from '../bench/run-record.ts';
import { schedule } from '../bench/schedule.ts';
import type { CouponPool } from './coupon-pool.ts';
import { type Progress, startProgress } from './progress.ts';

/** An answer to a POST other than 202. */
export interface Refusal {
  /** When it was received, ms of the run. */
  readonly at: number;
  /** 0: no answer. */
  readonly status: number;
  readonly retryAfter: boolean;
}

export interface Load {
  readonly record: RunRecord;
  readonly clock: RunClock;
  readonly progress: Progress;
  /** By the order's number. */
  readonly refusals: ReadonlyMap<number, Refusal>;
  /** Resolves when all are sent and answered, or not answered. */
  readonly sent: Promise<void>;
  /** Records the id of an order whose 202 was lost; it is found by its key. */
  found(order: number, id: string): void;
  keyOf(order: number): string;
  close(): Promise<void>;
}

export interface LoadOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly brokers: string;
  /** Orders a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly mix: Mix;
  /** Which orders have which coupon. */
  readonly couponPool: CouponPool;
}

/** Begins to send. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const { apiUrl, token, brokers, rate, seconds, mix, couponPool } = options;
  const run = `chaos-${Date.now().toString(36)}`;
  const keyOf = (order: number) => `${run}-${order}`;
  const plan = schedule({ rate, count: Math.round(rate * seconds), warmupMs: 0 });
  const record = newRecord(plan.total);
  const progress = startProgress();
  const refusals = new Map<number, Refusal>();
  let onCompleted = (_: string) => {};
  const completions = await watchCompletions({ brokers, prefix: '' }, run, (id) => onCompleted(id));

  const clock = startClock();
  const noting = noteInto(record, clock);
  onCompleted = (id) => {
    noting.ended(id);
    progress.completed(id, clock.now());
  };
  const bodyOf = orderBodies();
  const sent = sendOrders({
    apiUrl,
    token,
    plan,
    record,
    clock,
    keyOf,
    bodyOf: (order) => withCoupon(bodyOf(order, kindOf(mix, order)), couponPool(order)),
    onAccepted(order, id) {
      noting.accepted(order, id);
      progress.accepted(id, clock.now());
    },
    onRefused(order, status, head) {
      refusals.set(order, { at: clock.now(), status, retryAfter: /\r\nretry-after: *\d/.test(head) });
    },
  });
  // The awaiting caller gets a failure; until then it must not end the process.
  sent.catch(() => {});
  return { record, clock, progress, refusals, sent, found: noting.accepted, keyOf, close: completions.close };
}

function withCoupon(body: string, couponId: string | undefined): string {
  return couponId === undefined ? body : `{"couponId":"${couponId}",${body.slice(1)}`;
}
