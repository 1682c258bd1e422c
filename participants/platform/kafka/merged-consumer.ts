/** Reads the partitions of one topic in the order of their records' timestamps. */
import type { InRecord } from '#protocol/envelope.ts';
import { timestampMerge } from './timestamp-merge.ts';

/** The most reads for one batch. */
const MAX_READS = 6;

export interface MergedReader {
  /** The next records in order; none when none arrived for a while, or when all must be held back. */
  consume(max: number): Promise<InRecord[]>;
  /**
   * Begins another assignment: drops the records held, and reads each of these partitions from an offset on. Records that
   * the client still returns of other partitions are dropped, because those held before them are gone.
   */
  begin(starts: ReadonlyMap<number, number>): void;
  /** Records that the brokers reported and that were not returned yet. */
  lag(): number;
}

/**
 * @param read the next records in any order
 * @param endOf the end of a partition's log as the brokers last reported it; null: unknown
 * @param onReplaced called with a record whose offset was read before: the log was replaced or cut short. It must not return
 */
export function mergedReader(
  read: (max: number) => Promise<InRecord[]>,
  endOf: (partition: number) => number | null,
  onReplaced: (reason: string) => never,
): MergedReader {
  const merge = timestampMerge();
  /** By partition: the next offset to read, and the next to return. */
  let readTo = new Map<number, number>();
  let handedTo = new Map<number, number>();
  const behind = (partition: number, positions: ReadonlyMap<number, number>) =>
    Math.max(0, (endOf(partition) ?? 0) - (positions.get(partition) ?? 0));
  const take = (max: number) => {
    const records = merge.take(max);
    for (const { partition, offset } of records) handedTo.set(partition, offset + 1);
    return records;
  };

  return {
    async consume(max) {
      const out = take(max);
      if (out.length > 0) return out;
      for (let reads = 0; reads < MAX_READS; reads++) {
        const brought = await read(max);
        const records = brought.filter(({ partition }) => readTo.has(partition));
        for (const { partition, offset } of records) {
          const next = readTo.get(partition) ?? 0;
          if (offset < next) onReplaced(`partition ${partition} is read up to ${next}, and ${offset} came`);
          readTo.set(partition, offset + 1);
        }
        merge.put(records, (partition) => behind(partition, readTo) > 0, performance.now());
        out.push(...take(max - out.length));
        // One read of a large backlog may return one partition only, held back until the others arrive.
        if (brought.length < max || out.length === max) break;
      }
      return out;
    },
    begin(starts) {
      readTo = new Map(starts);
      handedTo = new Map(starts);
      merge.begin([...starts.keys()]);
    },
    lag: () => [...handedTo.keys()].reduce((sum, partition) => sum + behind(partition, handedTo), 0),
  };
}
