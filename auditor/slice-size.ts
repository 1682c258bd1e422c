/** How many orders a slice has: as many as can be judged in a tenth of a second. */

const TARGET_MS = 100;
const FIRST = 200;
const MOST = 5_000;

export interface SliceSize {
  readonly orders: number;
  /** A slice of so many orders was judged in so long. */
  judged(orders: number, tookMs: number): void;
  /** A slice could not be judged: the next one is a quarter of it, so that the order to blame is soon alone. */
  failed(): void;
}

export function openSliceSize(): SliceSize {
  let orders = FIRST;
  return {
    get orders() {
      return orders;
    },
    judged(judged, tookMs) {
      // The last slice of a pass may be small, and shows only what a statement costs at the least.
      if (judged < orders / 2) return;
      const fitting = (orders * TARGET_MS) / Math.max(1, tookMs);
      orders = Math.round(Math.min(MOST, Math.max(1, Math.min(orders * 2, Math.max(orders / 2, fitting)))));
    },
    failed() {
      orders = Math.max(1, Math.floor(orders / 4));
    },
  };
}
