/** Notes what becomes of orders as it is seen: an id with the 202, the end with `order-completed`, in whichever order. */
import type { RunClock, RunRecord } from './record.ts';

/** Completions of orders that are not (yet) known as ours; others may be placing orders too. */
const STRANGERS_MAX = 100_000;

export interface Noting {
  accepted(order: number, id: string): void;
  completed(id: string): void;
}

/** Notes into a record, by a clock. */
export function noteInto(record: RunRecord, clock: RunClock): Noting {
  const orders = new Map<string, number>();
  const strangers = new Map<string, number>();
  const end = (order: number, at: number) => {
    // A fact may be told twice: its first time counts.
    if (Number.isNaN(record.endedAt[order])) record.endedAt[order] = at;
  };
  return {
    accepted(order, id) {
      record.ids[order] = id;
      orders.set(id, order);
      const at = strangers.get(id);
      if (at === undefined) return;
      strangers.delete(id);
      end(order, at);
    },
    completed(id) {
      const order = orders.get(id);
      if (order !== undefined) end(order, clock.now());
      else if (strangers.size < STRANGERS_MAX) strangers.set(id, clock.now());
    },
  };
}
