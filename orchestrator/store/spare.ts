/**
 * Spares the database reads that take long. The same read runs once at a time, whoever wants it, and then rests in proportion to how long
 * it took. Meanwhile, and while the next one runs, its last result is the answer. A quick one is read each time.
 */
import { LRUCache } from 'lru-cache';

/** A result, and when it was read. */
export interface Spared<Value> {
  readonly value: Value;
  readonly at: Date;
}

/** A read that takes no longer does no harm. */
const QUICK_MS = 250;
/** So many times as long as it took: the read then takes up at most a quarter of the time. */
const RESTS = 3;
/** Nobody gets an older result: he waits for the next one. */
const OLDEST_MS = 30_000;
/** The most reads whose results are kept. */
const KEPT_MAX = 100;

interface Kept<Value> {
  running: Promise<Spared<Value>> | null;
  last: Spared<Value> | null;
  tookMs: number;
}

/**
 * A read that is spared.
 * @param keyOf the same text for the same read
 */
export function spare<Wanted, Value extends object | number>(
  read: (wanted: Wanted) => Promise<Value>,
  keyOf: (wanted: Wanted) => string,
  now: () => number,
): (wanted: Wanted) => Promise<Spared<Value>> {
  const kept = new LRUCache<string, Kept<Value>>({ max: KEPT_MAX });
  const run = async (entry: Kept<Value>, wanted: Wanted): Promise<Spared<Value>> => {
    const startedAt = now();
    try {
      const value = await read(wanted);
      entry.last = { value, at: new Date(startedAt) };
      entry.tookMs = now() - startedAt;
      return entry.last;
    } finally {
      entry.running = null;
    }
  };
  return (wanted) => {
    const key = keyOf(wanted);
    const entry = kept.get(key) ?? { running: null, last: null, tookMs: 0 };
    kept.set(key, entry);
    const { last, tookMs } = entry;
    const ageMs = last === null ? Number.POSITIVE_INFINITY : now() - last.at.getTime();
    const isKept = last !== null && tookMs > QUICK_MS;
    if (entry.running === null && !(isKept && ageMs < tookMs * (1 + RESTS))) {
      entry.running = run(entry, wanted);
      // Who does not wait for it does not handle its failure.
      entry.running.catch(() => {});
    }
    if (isKept && (ageMs < OLDEST_MS || entry.running === null)) return Promise.resolve(last);
    return entry.running as Promise<Spared<Value>>;
  };
}
