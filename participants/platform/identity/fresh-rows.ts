/**
 * Rows that every request needs, all in this process's memory and read again within seconds: a request costs no statement, and
 * what an admin changes counts soon.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { RetryableError } from '#protocol/errors.ts';

/** Rows older than this are read again, while requests go on with them. */
const STALE_MS = 2_000;
/** Rows older than this are not used, unless a caller takes older ones in an outage: a change counts within this time, or the request is answered 503. */
const USABLE_MS = 5_000;
/**
 * Requests that need rows from after their own arrival wait for the next read together: there is one at most so often. So long a
 * read that failed is not repeated while old rows will do.
 */
const COOLDOWN_MS = 100;
/** A request that may go on with old rows waits so long for new ones. */
const PATIENCE_MS = 250;

export interface FreshRows<T> {
  /**
   * The rows as they were at most five seconds ago; while they cannot be read, as they were at most `outageMs` ago.
   * @throws RetryableError `identity-unavailable` while they cannot be read
   */
  usable(outageMs?: number): Promise<T>;
  /**
   * The rows as they were at an instant or later.
   * @throws RetryableError `identity-unavailable` while they cannot be read
   */
  since(instantMs: number): Promise<T>;
}

/**
 * Opens the rows; they are first read when somebody needs them.
 * @param read reads all of them; `nowMs` is the time at which it begins
 */
export function openFreshRows<T>(read: (nowMs: number) => Promise<T>, now: () => number): FreshRows<T> {
  let rows: T | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;

  const readOnce = async () => {
    // The rows are as old as the statement's start: what changes during it may be missing.
    const startedAt = now();
    try {
      rows = await read(startedAt);
    } catch (error) {
      failedAt = now();
      throw error;
    }
    readAt = startedAt;
  };
  const refresh = () => {
    reading ??= readOnce().finally(() => {
      reading = null;
    });
    return reading;
  };
  /** Whether the rows were read since an instant; not by a clock that was set back meanwhile. */
  const isReadSince = (sinceMs: number) => readAt >= sinceMs && readAt <= now();
  const readSince = async (sinceMs: number): Promise<T> => {
    try {
      // A read that was under way may have begun before.
      while (!isReadSince(sinceMs)) await refresh();
    } catch (cause) {
      throw new RetryableError('identity-unavailable', 'Nobody’s identity can be verified right now', {
        cause,
      });
    }
    return rows as T;
  };
  return {
    async usable(outageMs = USABLE_MS) {
      const arrivedAt = now();
      const hasJustFailed = failedAt > arrivedAt - COOLDOWN_MS && failedAt <= arrivedAt;
      const isUsable = isReadSince(arrivedAt - USABLE_MS);
      if (!isUsable && !isReadSince(arrivedAt - outageMs)) return readSince(arrivedAt - USABLE_MS);
      if (!isReadSince(arrivedAt - STALE_MS) && !hasJustFailed) {
        // A failure shows at the request that finds no usable rows.
        const read = refresh().catch(() => {});
        if (!isUsable) await Promise.race([read, delay(PATIENCE_MS)]);
      }
      return rows as T;
    },
    async since(instantMs) {
      if (!isReadSince(instantMs))
        await delay(Math.min(COOLDOWN_MS, Math.max(0, readAt + COOLDOWN_MS - now())));
      return readSince(instantMs);
    },
  };
}
