/** Group commit: makes items that arrive within a few milliseconds durable in one statement. */
import { type LingerLoad, observeBatch } from './linger.ts';

export interface GroupCommitOptions<Item, Result> {
  /** Makes a group durable; resolves to a result an item, in order. Rejects when every outcome is unknown. */
  readonly commit: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** The result of an item that waited longer than `waitMaxMs`: its caller has given up. */
  readonly tooLate: Result;
  /** How long the first item of a group lingers for others, by the load. */
  readonly lingerMs: (load: LingerLoad) => number;
  readonly groupMax: number;
  readonly queueMax: number;
  /** The most groups in flight to the database. */
  readonly inFlightMax: number;
  readonly waitMaxMs: number;
  readonly now: () => number;
}

export interface GroupCommit<Item, Result> {
  /** Joins the next group; null when the queue is full or closed. */
  add(item: Item): Promise<Result> | null;
  /** Items in the queue. */
  readonly length: number;
  /** Whether the queue is full. */
  readonly isFull: boolean;
  /** Accepts no more items, commits the queue, and resolves once nothing is in flight. */
  close(): Promise<void>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function groupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): GroupCommit<Item, Result> {
  const { groupMax, inFlightMax, now } = options;
  let queue: Array<Waiting<Item, Result>> = [];
  let inFlight = 0;
  let load: LingerLoad = { perSecond: 0, at: now() };
  /** Stops the flush that is due at `dueAt`. */
  let stopTimer: (() => void) | null = null;
  let dueAt = 0;
  let closing: (() => void) | null = null;

  const run = async (group: ReadonlyArray<Waiting<Item, Result>>) => {
    inFlight += 1;
    try {
      const results = await options.commit(group.map(({ item }) => item));
      group.forEach(({ resolve, reject }, i) => {
        const result = results[i];
        if (result === undefined) reject(new Error('a group commit returned no result for an item'));
        else resolve(result);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    inFlight -= 1;
    if (queue.length >= groupMax || (queue.length > 0 && stopTimer === null)) flush();
    if (closing !== null && inFlight === 0 && queue.length === 0) closing();
  };

  /** Starts groups up to `inFlightMax`; the rest starts when a group returns. */
  const flush = () => {
    stopTimer?.();
    stopTimer = null;
    const latest = now() - options.waitMaxMs;
    load = observeBatch(load, Math.min(queue.length, groupMax * inFlightMax), now());
    while (queue.length > 0 && inFlight < inFlightMax) {
      const group = queue.slice(0, groupMax);
      queue = queue.slice(groupMax);
      for (const late of group.filter(({ since }) => since < latest)) late.resolve(options.tooLate);
      const timely = group.filter(({ since }) => since >= latest);
      if (timely.length > 0) void run(timely);
    }
  };

  return {
    add(item) {
      if (closing !== null || queue.length >= options.queueMax) return null;
      return new Promise((resolve, reject) => {
        const since = now();
        queue.push({ item, since, resolve, reject });
        // No timer fires while thousands of sockets are ready, so each item checks the clock itself.
        if (queue.length >= groupMax || (stopTimer !== null && since > dueAt)) flush();
        else if (stopTimer === null) {
          const waitMs = options.lingerMs(load);
          dueAt = since + waitMs;
          stopTimer = after(waitMs, flush);
        }
      });
    },
    get length() {
      return queue.length;
    },
    get isFull() {
      return queue.length >= options.queueMax;
    },
    close() {
      return new Promise((resolve) => {
        closing = resolve;
        flush();
        if (inFlight === 0 && queue.length === 0) resolve();
      });
    },
  };
}

/** Runs `work` after so long; after 0 with the items of this turn of the event loop, which no timer does within a millisecond. */
function after(ms: number, work: () => void): () => void {
  if (ms > 0) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  }
  const immediate = setImmediate(work);
  return () => clearImmediate(immediate);
}
