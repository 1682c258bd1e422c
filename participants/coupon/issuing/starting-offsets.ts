/**
 * Decides where the issuer starts to read assigned partitions: at the checkpoint, or at the group's offset if that is smaller;
 * in a new log at its start. Pure.
 */
import type { AssignedPartition } from '#platform/kafka/batch-consumer.ts';
import { inSequence, logNumberOf, offsetInLog } from '#platform/kafka/log-sequence.ts';
import type { RequestLog } from './request-logs.ts';
import type { Checkpoint, LostRange } from './store.ts';

/**
 * coupon-request has the identity of a log that another one followed: the brokers serve an earlier cluster again, or a broker
 * lags behind. An operator must decide, if it lasts.
 */
export class ForeignLog extends Error {}

/** A log that is read instead of the one before. */
export interface ReplacedLog {
  readonly partition: number;
  readonly why: 'recreated' | 'cut short';
  readonly before: RequestLog;
  readonly topicId: string | null;
  /** The offset up to which the log before is decided. */
  readonly decidedTo: number;
  /** Records accepted from then on are in the new log alone. */
  readonly since: Date;
}

/** Names the replacement of one log: what confirms it must not count for the next. */
export function replacementOf({ partition, why, before }: ReplacedLog): string {
  return `${partition}/${before.number}/${why}`;
}

/** Logs were replaced. The brokers report when each new one began, which is read outside the transaction. */
export class LogsReplaced extends Error {
  readonly logs: readonly ReplacedLog[];
  constructor(logs: readonly ReplacedLog[]) {
    super('coupon-request has new logs');
    this.logs = logs;
  }
}

/** What the rows hold of the assigned partitions; by partition. */
export interface KnownLogs {
  readonly checkpoints: ReadonlyMap<number, Checkpoint>;
  /** In order. */
  readonly logs: ReadonlyMap<number, readonly RequestLog[]>;
}

export interface StartingOffsets {
  /** By partition: the offset to start at, in its log. */
  readonly at: ReadonlyMap<number, number>;
  /** By partition: the checkpoint in sequence, once it has passed the lost range. */
  readonly checkpoints: ReadonlyMap<number, number>;
  /** By partition: the number of the log that is read. */
  readonly numbers: ReadonlyMap<number, number>;
  /** Requests that left the log undecided. */
  readonly lost: readonly LostRange[];
  /** Logs to record: new ones, and those of which the identity was unknown. */
  readonly noted: readonly RequestLog[];
  readonly replaced: readonly ReplacedLog[];
  /** What the brokers must confirm where reading starts below the checkpoint: that the log still holds what was decided. */
  readonly repeats: readonly ReplacedLog[];
  /** The group committed an offset beyond a checkpoint, which happens only after the checkpoint commits: the database went back in time. */
  readonly wentBack: boolean;
}

/**
 * Decides where to start. The issuer answers requests below the checkpoint again, for it may have crashed before publishing.
 * @param begins when each new log began, by `replacementOf`
 * @throws LogsReplaced when `begins` lacks one
 * @throws ForeignLog
 */
export function startingOffsets(
  assigned: readonly AssignedPartition[],
  known: KnownLogs,
  begins: ReadonlyMap<string, Date>,
): StartingOffsets {
  const at = new Map<number, number>();
  const passed = new Map<number, number>();
  const numbers = new Map<number, number>();
  const lost: LostRange[] = [];
  const noted: RequestLog[] = [];
  const repeats: ReplacedLog[] = [];
  const replaced = assigned.flatMap((one) => replacedLog(one, known, begins) ?? []);
  if (replaced.some((one) => !begins.has(replacementOf(one)))) throw new LogsReplaced(replaced);
  let wentBack = false;
  for (const { partition, committed, logStart, topicId } of assigned) {
    const checkpoint = known.checkpoints.get(partition)?.next ?? 0;
    const newLog = replaced.find((one) => one.partition === partition);
    const number = logNumberOf(checkpoint) + (newLog === undefined ? 0 : 1);
    const start = inSequence(number, logStart);
    const logs = known.logs.get(partition) ?? [];
    numbers.set(partition, number);
    if (newLog !== undefined) {
      noted.push({
        partition,
        number,
        topicId,
        beganAt: beginAfter(logs, begins.get(replacementOf(newLog))),
      });
      // Whatever the old log held beyond its checkpoint. The same topic's new log starts with records that are decided.
      const isOther = newLog.why === 'recreated';
      lost.push({ partition, from: checkpoint, to: isOther ? start : inSequence(number, 0) });
      at.set(partition, logStart);
      passed.set(partition, start);
      continue;
    }
    if (!logs.some((one) => one.number === number && one.topicId !== null))
      noted.push({ partition, number, topicId, beganAt: null });
    if (start > checkpoint) lost.push({ partition, from: checkpoint, to: start });
    const decidedTo = offsetInLog(checkpoint);
    wentBack ||= committed !== null && committed > decidedTo;
    // A group without committed offsets may have published nothing: it crashed first, or lost its offsets.
    const first = Math.max(logStart, Math.min(committed ?? logStart, decidedTo));
    at.set(partition, first);
    if (first < decidedTo) repeats.push(cutShort(partition, topicId, known));
    passed.set(partition, Math.max(start, checkpoint));
  }
  return { at, checkpoints: passed, numbers, lost, noted, replaced, repeats, wentBack };
}

/** The new log of a partition; null: it is the one that the rows are about. @throws ForeignLog */
function replacedLog(
  { partition, topicId, logEnd }: AssignedPartition,
  known: KnownLogs,
  begins: ReadonlyMap<string, Date>,
): ReplacedLog | null {
  const logs = known.logs.get(partition) ?? [];
  const cut = cutShort(partition, topicId, known);
  const { before, decidedTo } = cut;
  if (topicId !== null && before.topicId !== null && topicId !== before.topicId) {
    if (logs.some((one) => one.topicId === topicId))
      throw new ForeignLog(
        `coupon-request/${partition} is ${topicId}, which was replaced by ${before.topicId}. A lagging broker passes by itself. ` +
          'If the brokers are an earlier cluster, delete coupon-request there and create it anew',
      );
    return { partition, why: 'recreated', before, topicId, decidedTo, since: new Date(0) };
  }
  // The brokers lost the log's end. What they append has the offsets of requests that are decided already, and may reach the checkpoint.
  return logEnd < decidedTo || begins.has(replacementOf(cut)) ? cut : null;
}

/** The replacement of a partition's log by one that has lost its end. */
function cutShort(partition: number, topicId: string | null, known: KnownLogs): ReplacedLog {
  const checkpoint = known.checkpoints.get(partition);
  const number = logNumberOf(checkpoint?.next ?? 0);
  const found = known.logs.get(partition)?.find((one) => one.number === number);
  // Rows of before the logs were recorded are about the log that is there now.
  const before = found ?? { partition, number, topicId, beganAt: null };
  const since = new Date((checkpoint?.acceptedUntil?.getTime() ?? 0) + 1);
  const decidedTo = offsetInLog(checkpoint?.next ?? 0);
  return { partition, why: 'cut short', before, topicId, decidedTo, since };
}

/** Logs begin in the order of their numbers, whatever the brokers' clocks say. */
function beginAfter(logs: readonly RequestLog[], at = new Date(0)): Date {
  const latest = logs.at(-1)?.beganAt ?? at;
  return latest > at ? latest : at;
}
