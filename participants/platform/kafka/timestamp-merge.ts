/**
 * Brings records of several partitions into the order in which the brokers took them, as they are read.
 *
 * A client hands over what it has fetched partition by partition. After an outage that is seconds of one before the first
 * of the next; whoever serves first come, first served must not decide in that order. So a record is held back while a
 * partition that is behind may still bring an earlier one, for a bounded time: order matters, going on matters more.
 */
import type { InRecord } from '#protocol/envelope.ts';

/** A partition that is behind and brings nothing for so long is not waited for. */
const WAIT_MS = 500;
/** With so many records held back nothing is waited for: some 20 MB. */
const MAX_HELD = 20_000;

/** A partition that is read: how far, and whether the brokers are known to have more. */
interface Lane {
  /** The time of the last record read, never falling: a broker's clock may be set back. */
  latestMs: number;
  /** Given up waiting for, until it brings something. */
  ignored: boolean;
}

interface Held {
  readonly record: InRecord;
  readonly atMs: number;
}

export interface TimeMerge {
  /**
   * Takes what was read.
   * @param isBehind whether the brokers have more of a partition than was read
   */
  put(records: readonly InRecord[], isBehind: (partition: number) => boolean, nowMs: number): void;
  /** The next records in order, at most `max`, of those nothing earlier can come before. */
  take(max: number): InRecord[];
  /** Another assignment: forgets what is held; these partitions are read from now on. */
  begin(partitions: readonly number[]): void;
}

/** A merge of the partitions of one topic. */
export function timeMerge(): TimeMerge {
  let lanes = new Map<number, Lane>();
  let held: Held[] = [];
  let ready: InRecord[] = [];
  let releasedAtMs = 0;

  const add = (record: InRecord) => {
    const lane = lanes.get(record.partition) ?? { latestMs: Number.NEGATIVE_INFINITY, ignored: false };
    lanes.set(record.partition, lane);
    lane.latestMs = Math.max(lane.latestMs, record.timestamp);
    lane.ignored = false;
    held.push({ record, atMs: lane.latestMs });
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
      const waitedFor = [...lanes].filter(([partition, lane]) => !lane.ignored && isBehind(partition));
      const untilMs = Math.min(...waitedFor.map(([, { latestMs }]) => latestMs));
      if (release(untilMs) > 0) releasedAtMs = nowMs;
      const isStuck = held.length > 0 && nowMs - releasedAtMs >= WAIT_MS;
      if (!isStuck && held.length < MAX_HELD) return;
      // Those that hold the others up: they have brought nothing as late as what is held.
      for (const [, lane] of waitedFor) if (lane.latestMs === untilMs) lane.ignored = true;
      release(Number.POSITIVE_INFINITY);
      releasedAtMs = nowMs;
    },
    take: (max) => ready.splice(0, max),
    begin(partitions) {
      lanes = new Map(
        partitions.map((partition) => [partition, { latestMs: Number.NEGATIVE_INFINITY, ignored: false }]),
      );
      held = [];
      ready = [];
    },
  };
}
