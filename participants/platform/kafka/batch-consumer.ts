/** Reads records in batches from Kafka for a batch loop, as a member of a consumer group. */
import { messageOf } from '#protocol/errors.ts';
import type { LingerLimits } from '../batching/linger.ts';
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import { exitNow } from '../process/closing-limit.ts';
import { cpuShortage, isCpuIdle } from '../process/cpu-shortage.ts';
import type { Logger } from '../process/log.ts';
import { type AssignedLogs, describeAssigned, firstSince } from './assigned.ts';
import { batchLoop, type HandleRecords } from './batch-loop.ts';
import type { PartitionOffset, TopicPartition } from './brokers.ts';
import type { ConsumerSettings } from './client-settings.ts';
import { type Assignment, type ConsumerClient, connectConsumer } from './consumer-client.ts';
import { type MergedReader, mergedReader } from './merged-consumer.ts';
import { type OffsetReader, openOffsetReader } from './offsets.ts';
import { startsInLogs } from './starts-in-logs.ts';
import { watchTopics } from './topic-watch.ts';
import { placeOf } from './uncommitted.ts';

/** How long an assignment waits for the commit that sets the group back. */
const SET_BACK_MS = 5_000;
/** How long an assignment waits for the identities of its topics. */
const IDENTITY_MS = 10_000;
const EX_SOFTWARE = 70;

export type { AssignedLogs, AssignedPartition } from './assigned.ts';
export type { HandleRecords } from './batch-loop.ts';

/** Where a consumer begins. */
export interface StartAt {
  /** The offset in each partition. */
  readonly at: ReadonlyMap<number, number>;
  /** The group has committed later offsets: these are committed first, so that the next owner begins no later. */
  readonly setsBack: boolean;
}

/**
 * For a consumer of one topic that chooses where it begins, and reads its partitions merged by their records' timestamps. It
 * handles a record only where the brokers have confirmed that it is of the topic that was described (topic-watch.ts).
 */
export interface Merged {
  /** Chooses where to begin; the consumer awaits it before it reads. */
  startAt(assigned: AssignedLogs): Promise<StartAt>;
}

export interface BatchConsumer {
  /** Whether the group has assigned this member its share (an empty share counts). */
  assigned(): boolean;
  /** Stops fetching, finishes what is in flight, commits, leaves the group. */
  close(): Promise<void>;
}

export interface BatchConsumerOptions {
  readonly brokers: string;
  /** Put in front of group and topic names. */
  readonly prefix?: string;
  readonly group: string;
  readonly topics: readonly string[];
  readonly clientId: string;
  /** This process's own without it. */
  readonly security?: KafkaSecurity;
  readonly settings: ConsumerSettings;
  readonly handle: HandleRecords;
  /**
   * Batches handled at once, 1 without it. With more, two messages of one key may be handled out of order: only for a
   * handler whose safety does not depend on order.
   */
  readonly concurrency?: number;
  /** How long records may linger before they are taken; `HOP_LINGER` without it. */
  readonly linger?: LingerLimits;
  /** Whether records come with their headers; most readers have no use for them. */
  readonly withHeaders?: boolean;
  /** While it returns true the consumer fetches nothing, and records wait in Kafka. */
  readonly paused?: () => boolean;
  /** The most records of the next batch, at least 1; the settings' bound without it. */
  readonly room?: () => number;
  readonly merged?: Merged;
  /**
   * Whether a record is handled only where the brokers have confirmed that its topic is the one that was assigned: for readers of
   * what is sent once. A recreated topic ends the process, and the next one begins at the start of its logs.
   */
  readonly confirmed?: boolean;
  readonly log: Logger;
}

/**
 * Joins the group and reads until closed. Ends the process when a handler rejects or a rebalance fails.
 * @throws when no broker answers within a minute
 */
export async function consumeBatches(options: BatchConsumerOptions): Promise<BatchConsumer> {
  const { log, settings, concurrency = 1, merged, topics } = options;
  let hasAssignment = false;
  let fetchPaused = false;
  /** Resolves when the consumer is being closed. */
  const leaving = Promise.withResolvers<null>();
  let isLeaving = false;
  /** The client leaves its group: it takes no assignment any more. */
  let hasLeft = false;
  /** Until the client has its answer to every rebalance. */
  let answering: Promise<unknown> = Promise.resolve();
  /** Identities of the topics that are read, where they matter. */
  let topicIds: ReadonlyMap<string, string | null> | undefined;
  /** Partitions that the loop has paused, because too much waits behind one of their records. */
  const held = new Map<string, TopicPartition>();
  let onCommitted = () => {};

  const die = (what: string, error: unknown): never => {
    log.error('process-ends', {
      what,
      error: error instanceof Error ? error.stack : messageOf(error),
    });
    return exitNow(EX_SOFTWARE);
  };

  const consumer: ConsumerClient = await connectConsumer({
    ...options,
    onLost: () => die('a consumer has lost its brokers', 'it would not find them again'),
    onAssigned: (partitions) => rebalance(() => begin(partitions)),
    onRevoked: () => rebalance(giveUp),
    onCommitted(error) {
      onCommitted();
      if (error === null) return;
      const { message, code } = error;
      log.throttled('kafka-commit', 'kafka-commit-rejected', { error: message, code });
    },
  });
  const offsets: OffsetReader | null = merged || options.confirmed ? await openOffsetReader(options) : null;

  const dieOfNewLog = (reason: string) => die('another log has come under the topic’s name', reason);

  const consume = (max: number) => consumer.consume(max, isCpuIdle());
  const endOf = (partition: number) => consumer.fetchedEnd(topics[0] ?? '', partition);
  const reader: MergedReader | null = merged ? mergedReader(consume, endOf, dieOfNewLog) : null;
  const { prefix = '', group } = options;
  const watches = offsets && watchTopics({ reader: offsets, topics, prefix, onReplaced: dieOfNewLog, log });
  const loop = batchLoop({
    consume: reader?.consume ?? consume,
    commit: (to) => consumer.commit(to, topicIds),
    pause(partition) {
      held.set(placeOf(partition), partition);
      consumer.pause([partition]);
    },
    resume(partition) {
      held.delete(placeOf(partition));
      if (!fetchPaused) consumer.resume([partition]);
    },
    handle: watches?.handleConfirmed(options.handle) ?? options.handle,
    batchMax: settings.batchMax,
    ...(options.room && { room: options.room }),
    concurrency,
    ...(options.linger && { linger: options.linger }),
    cpuShortage,
    beforeConsume: fetchOrPause,
    fail: die,
    log,
  });

  function rebalance(change: () => Promise<void>): void {
    const answered = change().catch((cause) => {
      // What the client had not answered when it left, it needs no answer to.
      if (!hasLeft) die('rebalance failed', cause);
    });
    answering = Promise.all([answering, answered]);
  }

  async function begin(partitions: readonly TopicPartition[]): Promise<void> {
    if (hasLeft) return;
    loop.assigned();
    const starts = withStarts(partitions);
    const from = await Promise.race([leaving.promise, starts]);
    if (from === null || isLeaving) {
      starts.catch(() => {});
      return consumer.unassign();
    }
    hasAssignment = true;
    fetchPaused = false;
    consumer.assign(from);
    log.info('partitions-assigned', { group: options.group, assigned: partitions.length });
  }

  async function giveUp(): Promise<void> {
    reader?.begin(new Map());
    await loop.giveUp(hasLeft || consumer.assignmentLost());
    held.clear();
    hasAssignment = false;
    fetchPaused = false;
    consumer.unassign();
  }

  async function withStarts(partitions: readonly TopicPartition[]): Promise<readonly Assignment[]> {
    if (offsets === null || partitions.length === 0) return partitions;
    if (merged === undefined || reader === null) {
      const ids = new Map<string, string | null>();
      for (const name of topics) ids.set(name, await offsets.topicId(prefix + name, IDENTITY_MS));
      watches?.expect(ids);
      topicIds = ids;
      return startsInLogs(offsets, prefix + group, partitions, ids, { prefix, log });
    }
    const prefixed = partitions.map(({ topic, partition }) => ({ topic: prefix + topic, partition }));
    const topic = prefixed[0]?.topic ?? '';
    const { at, setsBack } = await merged.startAt({
      async describe() {
        const described = await describeAssigned(offsets, prefix + group, prefixed);
        watches?.expect(new Map(topics.map((name) => [name, described[0]?.topicId ?? null])));
        return described;
      },
      firstSince: (partition, since) => firstSince(offsets, { topic, partition }, since),
    });
    const from = partitions.map((one): PartitionOffset => {
      const offset = at.get(one.partition);
      // The reader drops records of partitions without a start: this one would never be read.
      if (offset === undefined) throw new Error(`partition ${one.partition} has no offset to begin at`);
      return { ...one, offset };
    });
    if (setsBack) await setBack(from);
    reader.begin(at);
    return from;
  }

  /** Resolves when the broker has responded, or after a while: then the first commits of what is read set the group back. */
  function setBack(from: readonly PartitionOffset[]): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, SET_BACK_MS);
      onCommitted = () => {
        clearTimeout(timer);
        onCommitted = () => {};
        resolve();
      };
      consumer.commit(from);
    });
  }

  /** Pauses the partitions only; `consume` goes on, because it serves heartbeats and callbacks. */
  function fetchOrPause(): void {
    const pause = hasAssignment && options.paused?.() === true;
    if (pause === fetchPaused) return;
    fetchPaused = pause;
    if (pause) consumer.pause();
    else if (hasAssignment) consumer.resume(consumer.assignments().filter((one) => !held.has(placeOf(one))));
  }

  consumer.subscribe(topics);
  loop.start();
  return {
    assigned: () => hasAssignment,
    async close() {
      isLeaving = true;
      leaving.resolve(null);
      await loop.close();
      // An answer that comes while the client leaves may block this thread for good: librdkafka waits for no answer that is
      // outstanding then, and drops the request of one that meets its end.
      await answering;
      hasLeft = true;
      await consumer.close();
      await watches?.close();
      await offsets?.close();
    },
  };
}
