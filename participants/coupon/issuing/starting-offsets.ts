/** Decides where the issuer starts to read assigned partitions: at the checkpoint, or at the group's offset if that is smaller. */
import { retryForever } from '#platform/batching/retry.ts';
import type { AssignedPartition, Merged } from '#platform/kafka/batch-consumer.ts';
import type { Logger } from '#platform/process/log.ts';
import type { IssuingUnitOfWork } from './issuer-store.ts';
import { lostRequests } from './metrics.ts';
import type { Checkpoint, LostRange } from './store.ts';

/** coupon-request ends before a checkpoint: the topic was recreated, or belongs to another cluster. An operator must decide. */
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
  /** By partition: the offset to start at. */
  readonly at: ReadonlyMap<number, number>;
  /** By partition: the checkpoint once it has passed the lost range. */
  readonly checkpoints: ReadonlyMap<number, number>;
  /** Requests that left the log undecided. */
  readonly lost: readonly LostRange[];
  /** The group committed an offset beyond a checkpoint, which happens only after the checkpoint commits: the database went back in time. */
  readonly wentBack: boolean;
}

/**
 * Decides where to start. The issuer answers requests below the checkpoint again, for it may have crashed before publishing.
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
    // A group without committed offsets may have published nothing: it crashed first, or lost its offsets.
    at.set(partition, Math.max(logStart, Math.min(committed ?? logStart, checkpoint)));
    passed.set(partition, Math.max(logStart, checkpoint));
  }
  return { at, checkpoints: passed, lost, wentBack };
}

/**
 * Finds where to start, and writes checkpoints for new partitions, lost ranges, and a new epoch if the database went back.
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
    'finding the starting offsets',
  );
  for (const range of starts.lost) {
    lostRequests.inc(range.to - range.from);
    log.error('requests were lost: they left the log undecided', { ...range });
  }
  if (starts.wentBack)
    log.warn(
      'the database went back in time: reading starts at its checkpoints, under a new epoch of the cache',
    );
  return starts;
}

/** Makes a consumer start at the checkpoints, and stores those in `begun` for the issuer. */
export function startAtCheckpoints(
  unitOfWork: IssuingUnitOfWork,
  begun: Map<number, number>,
  log: Logger,
  now: () => number,
): Merged {
  return {
    async startAt(describe) {
      const { at, checkpoints, wentBack } = await findWithLatestEnds(
        unitOfWork,
        describe,
        await describe(),
        log,
        now,
      );
      for (const [partition, checkpoint] of checkpoints) begun.set(partition, checkpoint);
      return { at, setsBack: wentBack };
    },
  };
}

/**
 * Finds where to start, and describes the log once more after `ForeignLog`: the partition's last owner may have decided
 * requests after the first description. Only a checkpoint beyond the present end proves another log.
 */
async function findWithLatestEnds(
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
    return findWithLatestEnds(unitOfWork, describe, current, log, now);
  }
}
