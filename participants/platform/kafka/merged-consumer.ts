/** Reads the partitions of one topic in the order of their records' times. */
import type { InRecord } from '#protocol/envelope.ts';
import { timeMerge } from './timestamp-merge.ts';

/** Reads for one batch at the most. */
const MAX_READS = 6;

export interface MergedReader {
  /** The next records in order; none after a while in which there were none, or none that may be handed over yet. */
  consume(max: number): Promise<InRecord[]>;
  /**
   * Another assignment: what is held is forgotten, and of these partitions each is read from an offset on. What the client
   * still brings of others is dropped: it would come without what was held before it.
   */
  begin(starts: ReadonlyMap<number, number>): void;
  /** Records the brokers are known to have, and that were not handed over yet. */
  lag(): number;
}

/**
 * @param read the next records in any order
 * @param endOf the offset after the last record the brokers are known to have of a partition; null: not known
 */
export function mergedReader(
  read: (max: number) => Promise<InRecord[]>,
  endOf: (partition: number) => number | null,
): MergedReader {
  const merge = timeMerge();
  /** By partition: the next offset to read, and the next to hand over. */
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
        for (const { partition, offset } of records) readTo.set(partition, offset + 1);
        merge.put(records, (partition) => behind(partition, readTo) > 0, performance.now());
        out.push(...take(max - out.length));
        // With many waiting, one read may bring a single partition's, which are held back until the others' are here.
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
