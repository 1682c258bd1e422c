/** Makes the issuer's consumer start at the checkpoints, in one transaction with the records of lost ranges and of new logs. */
import { retryForever } from '#platform/batching/retry.ts';
import type { AssignedLogs, AssignedPartition, Merged } from '#platform/kafka/batch-consumer.ts';
import { logNumberOf } from '#platform/kafka/log-sequence.ts';
import type { Logger } from '#platform/process/log.ts';
import type { IssuingUnitOfWork } from './issuer-store.ts';
import { logsReplaced, lostRequests } from './metrics.ts';
import {
  ForeignLog,
  LogsReplaced,
  type ReplacedLog,
  replacementOf,
  type StartingOffsets,
  startingOffsets,
} from './starting-offsets.ts';

/** A broker that lags behind reports an earlier log for so long at most. */
const LAGGING_MS = 5_000;
const LAGGING_CHECK_MS = 250;

export interface StartParts {
  readonly unitOfWork: IssuingUnitOfWork;
  /** The checkpoints at which reading started, for the issuer. */
  readonly begun: Map<number, number>;
  /** The number of each partition's log, for the issuer. */
  readonly logs: Map<number, number>;
  /** The highest checkpoint of each partition that this process wrote or started at. */
  readonly highest: Map<number, number>;
  /** An instant of the call, by the brokers' clock; later ones may come by. */
  readonly brokersNow: () => Promise<Date>;
  readonly log: Logger;
  readonly now: () => number;
}

/** Starts a consumer at the checkpoints. @throws ForeignLog */
export function startAtCheckpoints(parts: StartParts): Merged {
  const { begun, highest } = parts;
  return {
    async startAt(assigned) {
      const starts = await findStarts(parts, assigned);
      for (const [partition, checkpoint] of starts.checkpoints) {
        // A batch of the last assignment may have raised it meanwhile; or the database went back, and the refresh will say so.
        if (checkpoint < (highest.get(partition) ?? 0)) begun.delete(partition);
        else {
          begun.set(partition, checkpoint);
          highest.set(partition, checkpoint);
        }
      }
      for (const [partition, number] of starts.numbers) parts.logs.set(partition, number);
      return { at: starts.at, setsBack: starts.wentBack || starts.replaced.length > 0 };
    },
  };
}

/**
 * Finds where to start. A log that seems replaced is described once more before it counts as that: the partition's last owner
 * may have decided requests after the first description, and a lagging broker may have given it. An earlier log than the rows'
 * was described by such a broker, or before its partition's last owner found the new one.
 */
async function findStarts(parts: StartParts, assigned: AssignedLogs): Promise<StartingOffsets> {
  let begins = new Map<string, Date>();
  let laggingSince: number | null = null;
  let described = await assigned.describe();
  for (;;) {
    try {
      const starts = await writeStarts(parts, described, begins);
      report(parts, starts);
      begins = await overwritten(assigned, starts);
      if (begins.size === 0) return starts;
      described = await assigned.describe();
    } catch (error) {
      begins = new Map();
      if (error instanceof LogsReplaced) {
        described = await assigned.describe();
        for (const one of error.logs.filter((replaced) => isStillReplaced(replaced, described)))
          begins.set(replacementOf(one), await beginOf(parts, assigned, one));
        continue;
      }
      if (!(error instanceof ForeignLog)) throw error;
      laggingSince ??= parts.now();
      if (parts.now() - laggingSince >= LAGGING_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, LAGGING_CHECK_MS));
      described = await assigned.describe();
    }
  }
}

/** Whether a description that is later than the checkpoint contradicts it too. */
function isStillReplaced(
  { partition, why, before, decidedTo }: ReplacedLog,
  described: readonly AssignedPartition[],
): boolean {
  const present = described.find((one) => one.partition === partition);
  if (present === undefined) return false;
  return why === 'recreated' ? present.topicId !== before.topicId : present.logEnd < decidedTo;
}

/**
 * Logs that have lost their end and grown beyond it again, with the time of the first record that took a decided one's place.
 * Their lengths tell nothing; but below the checkpoint they hold a record that is later than all decided ones.
 */
async function overwritten(
  { firstSince }: AssignedLogs,
  { repeats }: StartingOffsets,
): Promise<Map<string, Date>> {
  const found = new Map<string, Date>();
  for (const one of repeats) {
    const first = await firstSince(one.partition, one.since);
    if (first !== null && first.offset < one.decidedTo)
      found.set(replacementOf(one), new Date(first.timestamp));
  }
  return found;
}

/** When a new log began: with its first record, or, while it has none, now. */
async function beginOf(
  { brokersNow }: StartParts,
  { firstSince }: AssignedLogs,
  { partition, since }: ReplacedLog,
): Promise<Date> {
  // Read first: a record accepted after the log was found empty is later.
  const present = await brokersNow();
  const first = await firstSince(partition, since);
  return first === null ? present : new Date(first.timestamp);
}

/** Decides where to start, and writes what follows from it. @throws ForeignLog @throws LogsReplaced */
function writeStarts(
  { unitOfWork, log, now }: StartParts,
  assigned: readonly AssignedPartition[],
  begins: ReadonlyMap<string, Date>,
): Promise<StartingOffsets> {
  const partitions = assigned.map(({ partition }) => partition);
  return retryForever(
    () =>
      unitOfWork.transaction(async (store) => {
        await store.addCheckpoints(partitions);
        const { checkpoints } = await store.lockCheckpoints(partitions);
        const logs = Map.groupBy(await store.requestLogs(partitions), ({ partition }) => partition);
        const starts = startingOffsets(assigned, { checkpoints, logs }, begins);
        const { lost, noted, replaced, wentBack } = starts;
        const passed = lost.map(({ partition, to }) => ({ partition, next: to, acceptedUntil: null }));
        const raised = passed.map((one) => ({
          ...one,
          next: starts.checkpoints.get(one.partition) ?? one.next,
        }));
        await store.noteLogs(noted, new Date(now()));
        await store.write({ made: [], checkpoints: raised, lost }, new Date(now()));
        if (wentBack || replaced.length > 0) await store.renewEpoch(new Date(now()));
        return starts;
      }),
    (error) => !(error instanceof ForeignLog || error instanceof LogsReplaced),
    log,
    'finding the starting offsets',
  );
}

function report({ log }: StartParts, { lost, replaced, noted, wentBack }: StartingOffsets): void {
  for (const { partition, why, before, topicId, decidedTo } of replaced) {
    logsReplaced.inc();
    log.error('coupon-log-replaced', {
      reason: why,
      partition,
      topicId,
      topicIdBefore: before.topicId,
      decidedTo,
      beganAt: noted.find((one) => one.partition === partition)?.beganAt?.toISOString(),
    });
  }
  for (const { partition, from, to } of lost) {
    // A range that reaches into the next log has no length: nobody knows the old log's end.
    if (logNumberOf(from) !== logNumberOf(to)) continue;
    lostRequests.inc(to - from);
    log.error('coupon-requests-lost', { partition, from, to });
  }
  if (wentBack) log.warn('database-went-back');
}
