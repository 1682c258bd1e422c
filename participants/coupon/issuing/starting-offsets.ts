/** Where the issuer begins to read partitions just assigned: at the mark, or at the group's offset where that is smaller. */

import { persist } from '#platform/batching/retry.ts';
import type { AssignedPartition, Merged } from '#platform/kafka/batch-consumer.ts';
import type { Logger } from '#platform/process/log.ts';
import { lostRequests } from './metrics.ts';
import type { IssuerBooks } from './sql-writes.ts';
import type { LostRange, Mark } from './store.ts';

/** coupon-request ends before a mark: it was deleted and made anew, or is another cluster's. A person must decide. */
export class ForeignLog extends Error {
  readonly partition: number;
  readonly mark: number;
  constructor(partition: number, logEnd: number, mark: number) {
    super(`coupon-request/${partition} ends at ${logEnd}, and is decided up to ${mark}`);
    this.partition = partition;
    this.mark = mark;
  }
}

export interface Starts {
  /** By partition: where to begin. */
  readonly at: ReadonlyMap<number, number>;
  /** By partition: the mark, as it is once what is lost is passed. */
  readonly marks: ReadonlyMap<number, number>;
  /** Requests that left the log before they were decided. */
  readonly lost: readonly LostRange[];
  /** The group has gone past a mark, which it does only after the mark's commit: the database went back in time. */
  readonly wentBack: boolean;
}

/**
 * Decides where to begin. Below the mark nothing is decided, only answered again: the results may not have gone out.
 * @throws ForeignLog
 */
export function startsOf(assigned: readonly AssignedPartition[], marks: ReadonlyMap<number, Mark>): Starts {
  const at = new Map<number, number>();
  const passed = new Map<number, number>();
  const lost: LostRange[] = [];
  let wentBack = false;
  for (const { partition, committed, logStart, logEnd } of assigned) {
    const mark = marks.get(partition)?.next ?? 0;
    if (mark > logEnd) throw new ForeignLog(partition, logEnd, mark);
    if (logStart > mark) lost.push({ partition, from: mark, to: logStart });
    wentBack ||= committed !== null && committed > mark;
    // A group that has committed nothing may have published nothing: it died first, or its offsets were lost.
    at.set(partition, Math.max(logStart, Math.min(committed ?? logStart, mark)));
    passed.set(partition, Math.max(logStart, mark));
  }
  return { at, marks: passed, lost, wentBack };
}

/**
 * Finds where to begin and writes what that shows: marks for new partitions, what was lost, and a new epoch where the
 * database went back.
 * @throws ForeignLog
 */
export async function findStarts(
  books: IssuerBooks,
  assigned: readonly AssignedPartition[],
  log: Logger,
  now: () => number,
): Promise<Starts> {
  const partitions = assigned.map(({ partition }) => partition);
  const starts = await persist(
    () =>
      books.transaction(async (store) => {
        await store.addMarks(partitions);
        const { marks } = await store.lockMarks(partitions);
        const starts = startsOf(assigned, marks);
        const { lost, wentBack } = starts;
        const passed = lost.map(({ partition, to }) => ({ partition, next: to, acceptedUntil: null }));
        await store.write({ made: [], marks: passed, lost }, new Date(now()));
        if (wentBack) await store.renewEpoch(new Date(now()));
        return starts;
      }),
    (error) => !(error instanceof ForeignLog),
    log,
    'finding where to begin',
  );
  for (const range of starts.lost) {
    lostRequests.inc(range.to - range.from);
    log.error('requests were lost: they left the log before they were decided', { ...range });
  }
  if (starts.wentBack) log.warn('the database went back in time: reading begins at its marks, Redis forgets');
  return starts;
}

/** Has a consumer begin at the marks, and notes those in `begun` for the issuer. */
export function fromTheMarks(
  books: IssuerBooks,
  begun: Map<number, number>,
  log: Logger,
  now: () => number,
): Merged {
  return {
    async startAt(describe) {
      const { at, marks, wentBack } = await findFrom(books, describe, await describe(), log, now);
      for (const [partition, mark] of marks) begun.set(partition, mark);
      return { at, setsBack: wentBack };
    },
  };
}

/**
 * A mark beyond the log's end as it was described may be a newer one: whoever had the partition before went on deciding.
 * Only one that is beyond the end as it is now tells of another log.
 */
async function findFrom(
  books: IssuerBooks,
  describe: () => Promise<readonly AssignedPartition[]>,
  assigned: readonly AssignedPartition[],
  log: Logger,
  now: () => number,
): Promise<Starts> {
  try {
    return await findStarts(books, assigned, log, now);
  } catch (error) {
    if (!(error instanceof ForeignLog)) throw error;
    const current = await describe();
    const there = current.find(({ partition }) => partition === error.partition);
    if (there === undefined || there.logEnd < error.mark) throw error;
    return findFrom(books, describe, current, log, now);
  }
}
