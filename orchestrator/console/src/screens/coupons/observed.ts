/** What a page has seen of a campaign since it was opened: how fast it issues, and when it sold out. Pure. */

/** What was left at an instant. */
export interface Seen {
  readonly atMs: number;
  readonly left: number;
}

/** The most that is kept: five minutes of it. */
const KEPT_MAX = 300;
/** A rate is over so long. */
const RATE_MS = 5_000;

/** Adds what was read last. */
export function observed(before: readonly Seen[], next: Seen): readonly Seen[] {
  return [...before, next].slice(-KEPT_MAX);
}

/** Coupons issued a second, over the last seconds. Null: it was read once. */
export function ratesOf(seen: readonly Seen[]): Array<number | null> {
  return seen.map(({ atMs, left }, index) => {
    const first = seen.findIndex((one) => one.atMs >= atMs - RATE_MS);
    const from = seen[first === index ? index - 1 : first];
    return from === undefined || from.atMs >= atMs ? null : ((from.left - left) * 1_000) / (atMs - from.atMs);
  });
}

/** Between which reads the last coupon went. Null: some are left, or none was when the page was opened. */
export function soldOutBetween(seen: readonly Seen[]): readonly [number, number] | null {
  const at = seen.findIndex(({ left }) => left === 0);
  const [before, after] = [seen[at - 1], seen[at]];
  return before === undefined || after === undefined ? null : [before.atMs, after.atMs];
}
