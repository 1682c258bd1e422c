/** The records of each partition that were read and are not committed yet, in their order. */
import type { InRecord } from '#protocol/envelope.ts';

/** How far a group has read a partition: the offset of the next record. */
export interface ReadTo {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A batch's records of one partition. */
interface Share {
  readonly place: string;
  readonly readTo: ReadTo;
  readonly count: number;
  isDone: boolean;
}

/** A batch's records, by partition. */
export type Shares = ReadonlyMap<string, Share>;

/** The key of a partition in all maps: `topic/partition`. */
export const placeOf = ({ topic, partition }: Pick<InRecord, 'topic' | 'partition'>) =>
  `${topic}/${partition}`;

export interface Uncommitted {
  /** Adds a batch, in the order of reading. */
  add(records: readonly InRecord[]): Shares;
  /**
   * The batch needs these partitions' records no more.
   * @returns the offsets to commit: none of a partition with an earlier share that is still needed
   */
  done(shares: Shares, places: Iterable<string>): ReadTo[];
  /** The records of a partition that wait behind its first share still needed, that one included. */
  waiting(place: string): number;
  /** Forgets all: the partitions were given up. */
  clear(): void;
}

export function uncommittedRecords(): Uncommitted {
  const queues = new Map<string, Share[]>();
  return {
    add(records) {
      const shares = new Map<string, Share>();
      for (const { topic, partition, offset } of records) {
        const place = placeOf({ topic, partition });
        const count = (shares.get(place)?.count ?? 0) + 1;
        shares.set(place, { place, readTo: { topic, partition, offset: offset + 1 }, count, isDone: false });
      }
      for (const [place, share] of shares) {
        const queue = queues.get(place);
        if (queue === undefined) queues.set(place, [share]);
        else queue.push(share);
      }
      return shares;
    },
    done(shares, places) {
      const committable: ReadTo[] = [];
      for (const place of places) {
        const share = shares.get(place);
        const queue = queues.get(place);
        if (share === undefined || share.isDone || queue === undefined) continue;
        share.isDone = true;
        let last: ReadTo | null = null;
        while (queue[0]?.isDone) last = queue.shift()?.readTo ?? null;
        if (queue.length === 0) queues.delete(place);
        if (last !== null) committable.push(last);
      }
      return committable;
    },
    waiting: (place) => (queues.get(place) ?? []).reduce((sum, { count }) => sum + count, 0),
    clear: () => queues.clear(),
  };
}
