/**
 * The rules of the pace towards a gateway's account: how many calls may start when, and at which rate. Pure.
 *
 * A token bucket in which callers reserve the next free times, so that any number of processes share one account. The
 * rate is the setting's, and a lower one while the gateway says that calls come too fast: it drops at a 429 and recovers
 * without one. A gateway that takes nothing at all says nothing about its rate.
 */

/** The pace of one account, as its row stores it. */
export interface PaceState {
  /** Calls a second that the gateway was found to take; null: the setting holds. */
  readonly learned: number | null;
  /** When the learned rate last dropped, ms since 1970 by the store's clock; of a guess, `HELD_MS` before it. */
  readonly learnedAt: number;
  /** When the next call may start, ms since 1970 by the store's clock. */
  readonly nextAt: number;
}

export const UNPACED: PaceState = { learned: null, learnedAt: 0, nextAt: 0 };

/** Times of calls that were reserved. */
export interface Grant {
  readonly permits: number;
  /** From now to the first; without permits, to the next free time. */
  readonly startsInMs: number;
  /** From each to the next. */
  readonly everyMs: number;
  /** Calls a second; Infinity without a limit. */
  readonly rate: number;
}

/** Unused time that counts as reserved capacity: the most calls that start at once. */
const BURST_MS = 200;
/** Reservations reach this far ahead, so that a process that crashes wastes little. */
export const HORIZON_MS = 500;
/** After a 429 the rate drops to this share of what the gateway took, at most once in `DROP_EVERY_MS`. */
const DROP_TO = 0.8;
const DROP_EVERY_MS = 1_000;
/**
 * A learned rate returns to the one that was refused within this time, quickly at first, and stays just below it: a refusal
 * costs a whole pause, in which a slow account takes less than it would in seconds at a rate that is a tenth too low.
 */
const HELD_MS = 20_000;
/** Then it tries more, by this share every second. */
const GROWTH = 0.3;
/** Without a limit in the settings a learned rate that has grown beyond this is forgotten. */
const FORGOTTEN_ABOVE = 1_000;
const SLOWEST = 1;

/** Calls a second now. @param limit the setting's; Infinity without one */
export function rateAt({ learned, learnedAt }: PaceState, limit: number, nowMs: number): number {
  if (learned === null) return limit;
  const sinceMs = Math.max(0, nowMs - learnedAt);
  const refused = learned / DROP_TO;
  const missing = (1 - Math.min(1, sinceMs / HELD_MS)) ** 3;
  const growth = (1 + GROWTH) ** (Math.max(0, sinceMs - HELD_MS) / 1_000);
  const grown = (refused - (refused - learned) * missing) * growth;
  if (limit === Number.POSITIVE_INFINITY) return grown > FORGOTTEN_ABOVE ? limit : grown;
  return Math.min(limit, grown);
}

/** Reserves the times of up to `wanted` calls. */
export function reserve(
  state: PaceState,
  wanted: number,
  limit: number,
  nowMs: number,
): { state: PaceState; grant: Grant } {
  const rate = rateAt(state, limit, nowMs);
  const from = Math.max(state.nextAt, nowMs - BURST_MS);
  const startsInMs = Math.max(0, from - nowMs);
  if (rate === Number.POSITIVE_INFINITY)
    return { state: { ...state, learned: null }, grant: { permits: wanted, startsInMs, everyMs: 0, rate } };
  const everyMs = 1_000 / rate;
  const free = Math.ceil((nowMs + HORIZON_MS - from) / everyMs);
  const permits = Math.max(0, Math.min(wanted, free));
  const grant = { permits, startsInMs, everyMs, rate };
  return { state: { ...state, nextAt: permits === 0 ? state.nextAt : from + permits * everyMs }, grant };
}

/**
 * The gateway has refused a call because calls come too fast: nobody calls before `retryAfterMs`, and then slower.
 * @param taken calls that the gateway took in the last second from the caller; of use where no limit is known
 * @param isBlock it took no call of the caller since it last refused one
 */
export function slowDown(
  state: PaceState,
  { limit, taken, retryAfterMs, isBlock }: Refusal,
  nowMs: number,
): PaceState {
  const nextAt = Math.max(state.nextAt, nowMs + retryAfterMs);
  const rate = rateAt(state, limit, nowMs);
  if (rate === Number.POSITIVE_INFINITY) {
    // The caller's share of the account may be small: the guess grows at once.
    const guess = Math.max(SLOWEST, DROP_TO * taken);
    return { learned: DROP_TO * guess, learnedAt: nowMs - HELD_MS, nextAt };
  }
  const sinceMs = nowMs - state.learnedAt;
  const heldMs = sinceMs < HELD_MS ? 0 : HELD_MS;
  if (state.learned !== null && sinceMs - heldMs < DROP_EVERY_MS) return { ...state, nextAt };
  if (isBlock) return { ...state, learnedAt: nowMs - heldMs, nextAt };
  return { learned: Math.max(SLOWEST, DROP_TO * rate), learnedAt: nowMs, nextAt };
}

/** What a caller saw when the gateway refused a call. */
export interface Refusal {
  readonly limit: number;
  readonly taken: number;
  readonly retryAfterMs: number;
  readonly isBlock: boolean;
}
