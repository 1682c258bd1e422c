/** Where the issuer begins to read partitions just assigned: at the checkpoint, or at the group's offset where that is smaller. */

import { retryForever } from '#platform/batching/retry.ts';
import type { AssignedPartition, Merged } from '#platform/kafka/batch-consumer.ts';
import type { Logger } from '#platform/process/log.ts';
import type { IssuingUnitOfWork } from './issuer-store.ts';
import { lostRequests } from './metrics.ts';
import type { Checkpoint, LostRange } from './store.ts';

/** coupon-request ends before a checkpoint: it was deleted and made anew, or is another cluster's. A person must decide. */
export class ForeignLog extends Error {
  readonly partition: number;
  readonly checkpoint: number;
  constructor(partition: number, logEnd: number, checkpoint: number) {
    super(`coupon-request/${partition} ends at ${logEnd}, and is decided up to ${checkpoint}`);
    this.partition = partition;
    this.checkpoint = checkpoint;
  }
}

export interface StartingOffsets {
  /** By partition: where to begin. */
  readonly at: ReadonlyMap<number, number>;
  /** By partition: the checkpoint, as it is once what is lost is passed. */
  readonly checkpoints: ReadonlyMap<number, number>;
  /** Requests that left the log before they were decided. */
  readonly lost: readonly LostRange[];
  /** The group has gone past a checkpoint, which it does only after the checkpoint's commit: the database went back in time. */
  readonly wentBack: boolean;
}

/**
 * Decides where to begin. Below the checkpoint nothing is decided, only answered again: the results may not have gone out.
 * @throws ForeignLog
 */
export function startingOffsets(
  assigned: readonly AssignedPartition[],
  checkpoints: ReadonlyMap<number, Checkpoint>,
): StartingOffsets {
  const at = new Map<number, number>();
  const passed = new Map<number, number>();
  const lost: LostRange[] = [];
  let wentBack = false;
  for (const { partition, committed, logStart, logEnd } of assigned) {
    const checkpoint = checkpoints.get(partition)?.next ?? 0;
    if (checkpoint > logEnd) throw new ForeignLog(partition, logEnd, checkpoint);
    if (logStart > checkpoint) lost.push({ partition, from: checkpoint, to: logStart });
    wentBack ||= committed !== null && committed > checkpoint;
    // A group that has committed nothing may have published nothing: it died first, or its offsets were lost.
    at.set(partition, Math.max(logStart, Math.min(committed ?? logStart, checkpoint)));
    passed.set(partition, Math.max(logStart, checkpoint));
  }
  return { at, checkpoints: passed, lost, wentBack };
}

/**
 * Finds where to begin and writes what that shows: checkpoints for new partitions, what was lost, and a new epoch where the
 * database went back.
 * @throws ForeignLog
 */
export async function findStartingOffsets(
  unitOfWork: IssuingUnitOfWork,
  assigned: readonly AssignedPartition[],
  log: Logger,
  now: () => number,
): Promise<StartingOffsets> {
  const partitions = assigned.map(({ partition }) => partition);
  const starts = await retryForever(
    () =>
      unitOfWork.transaction(async (store) => {
        await store.addCheckpoints(partitions);
        const { checkpoints } = await store.lockCheckpoints(partitions);
        const starts = startingOffsets(assigned, checkpoints);
        const { lost, wentBack } = starts;
        const passed = lost.map(({ partition, to }) => ({ partition, next: to, acceptedUntil: null }));
        await store.write({ made: [], checkpoints: passed, lost }, new Date(now()));
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
  if (starts.wentBack)
    log.warn('the database went back in time: reading begins at its checkpoints, Redis forgets');
  return starts;
}

/** Has a consumer begin at the checkpoints, and notes those in `begun` for the issuer. */
export function startAtCheckpoints(
  unitOfWork: IssuingUnitOfWork,
  begun: Map<number, number>,
  log: Logger,
  now: () => number,
): Merged {
  return {
    async startAt(describe) {
      const { at, checkpoints, wentBack } = await findFrom(unitOfWork, describe, await describe(), log, now);
      for (const [partition, checkpoint] of checkpoints) begun.set(partition, checkpoint);
      return { at, setsBack: wentBack };
    },
  };
}

/**
 * A checkpoint beyond the log's end as it was described may be a newer one: whoever had the partition before went on deciding.
 * Only one that is beyond the end as it is now tells of another log.
 */
async function findFrom(
  unitOfWork: IssuingUnitOfWork,
  describe: () => Promise<readonly AssignedPartition[]>,
  assigned: readonly AssignedPartition[],
  log: Logger,
  now: () => number,
): Promise<StartingOffsets> {
  try {
    return await findStartingOffsets(unitOfWork, assigned, log, now);
  } catch (error) {
    if (!(error instanceof ForeignLog)) throw error;
    const current = await describe();
    const there = current.find(({ partition }) => partition === error.partition);
    if (there === undefined || there.logEnd < error.checkpoint) throw error;
    return findFrom(unitOfWork, describe, current, log, now);
  }
}
