/** Gathers items that come one by one into batches: one statement, one publish, for as many as are there. */
import { type LingerLoad, lingerMs, observeBatch } from '#platform/batching/linger.ts';

/**
 * Makes a call for one item of a call for many. One batch is under way at a time; what comes meanwhile is the next.
 * Under load it waits some milliseconds for more: cost is paid per batch.
 * @param work gives one result an item, in their order; where it throws, all its items fail
 */
export function batched<Item, Result>(
  max: number,
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  type Entry = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void };
  let waiting: Entry[] = [];
  let running = false;
  let load: LingerLoad = { perSecond: 0, at: performance.now() };

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const pauseMs = waiting.length < max ? lingerMs(load) : 0;
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
      // What this turn of the event loop still brings joins the batch.
      setImmediate(() => void run());
    });
}
