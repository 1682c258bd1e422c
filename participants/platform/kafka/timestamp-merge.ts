/**
 * Sorts records of several partitions by their timestamps as they are read.
 *
 * The client returns fetched records partition by partition: after an outage, seconds of one partition before the first record
 * of the next. A first-come, first-served decision must not follow that order. So the merge holds a record back while a
 * partition with unread records may still contain an earlier one, but for a bounded time: progress matters more than order.
 */
import type { InRecord } from '#protocol/envelope.ts';

/** The merge waits no longer for a partition that has unread records and delivers none. */
const WAIT_MS = 500;
/** With so many records held back (some 20 MB) the merge waits for no partition. */
const MAX_HELD = 20_000;

interface PartitionProgress {
  /** The largest timestamp read: a broker's clock may go back. */
  latestMs: number;
  /** The merge waits for it no more, until it delivers a record. */
  ignored: boolean;
}

interface Held {
  readonly record: InRecord;
  readonly atMs: number;
}

export interface TimestampMerge {
  /**
   * Adds records just read.
   * @param isBehind whether a partition has unread records
   */
  put(records: readonly InRecord[], isBehind: (partition: number) => boolean, nowMs: number): void;
  /** The next records in order, at most `max`, of those that no earlier record can precede. */
  take(max: number): InRecord[];
  /** Begins another assignment: drops the records held, and merges these partitions from now on. */
  begin(partitions: readonly number[]): void;
}

/** A merge of the partitions of one topic. */
export function timestampMerge(): TimestampMerge {
  let progressOf = new Map<number, PartitionProgress>();
  let held: Held[] = [];
  let ready: InRecord[] = [];
  let releasedAtMs = 0;

  const add = (record: InRecord) => {
    const progress = progressOf.get(record.partition) ?? {
      latestMs: Number.NEGATIVE_INFINITY,
      ignored: false,
    };
    progressOf.set(record.partition, progress);
    progress.latestMs = Math.max(progress.latestMs, record.timestamp);
    progress.ignored = false;
    held.push({ record, atMs: progress.latestMs });
  };

  const release = (untilMs: number) => {
    const free = held.filter(({ atMs }) => atMs <= untilMs);
    if (free.length < held.length) held = held.filter(({ atMs }) => atMs > untilMs);
    else held = [];
    free.sort(
      (a, b) =>
        a.atMs - b.atMs || a.record.partition - b.record.partition || a.record.offset - b.record.offset,
    );
    for (const { record } of free) ready.push(record);
    return free.length;
  };

  return {
    put(records, isBehind, nowMs) {
      if (held.length === 0) releasedAtMs = nowMs;
      for (const record of records) add(record);
      if (held.length === 0) return;
      const waitedFor = [...progressOf].filter(
        ([partition, progress]) => !progress.ignored && isBehind(partition),
      );
      const untilMs = Math.min(...waitedFor.map(([, { latestMs }]) => latestMs));
      if (release(untilMs) > 0) releasedAtMs = nowMs;
      const isStuck = held.length > 0 && nowMs - releasedAtMs >= WAIT_MS;
      if (!isStuck && held.length < MAX_HELD) return;
      // The partitions that delay the others: their latest record is the earliest.
      for (const [, progress] of waitedFor) if (progress.latestMs === untilMs) progress.ignored = true;
      release(Number.POSITIVE_INFINITY);
      releasedAtMs = nowMs;
    },
    take: (max) => ready.splice(0, max),
    begin(partitions) {
      progressOf = new Map(
        partitions.map((partition) => [partition, { latestMs: Number.NEGATIVE_INFINITY, ignored: false }]),
      );
      held = [];
      ready = [];
    },
  };
}
