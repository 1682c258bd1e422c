/** Combines calls for single items into batches: one statement and one publish for all that wait. */
import { HOP_LINGER, type LingerLoad, lingerMs, observeBatch } from '#platform/batching/linger.ts';

/**
 * Turns a function of many items into one of a single item. It runs one batch at a time; items that come meanwhile form
 * the next. Under load it lingers some milliseconds, for the cost is per batch.
 * @param work returns one result an item, in order; its error rejects all items of the batch
 * @param cpuShortage from 0 to 1: the share of the linger
 */
export function batchCalls<Item, Result>(
  max: number,
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  cpuShortage = () => 1,
): (item: Item) => Promise<Result> {
  type Entry = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void };
  let waiting: Entry[] = [];
  let running = false;
  let load: LingerLoad = { perSecond: 0, at: performance.now() };

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const pauseMs = waiting.length < max ? lingerMs(load, HOP_LINGER, cpuShortage()) : 0;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const batch = waiting.slice(0, max);
      waiting = waiting.slice(max);
      try {
        const results = await work(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, i) => void resolve(results[i] as Result));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      load = observeBatch(load, batch.length, performance.now());
    }
    running = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (running) return;
      running = true;
      // Items of the same turn of the event loop join the batch.
      setImmediate(() => void run());
    });
}
