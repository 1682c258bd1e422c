/**
 * Reads records in batches from Kafka for a batch loop.
 *
 * The raw `consume(n)` is used in a loop of our own: the KafkaJS-style runner lost messages when a handler outlasted
 * the rebalance timeout (confluent-kafka-javascript issue 528).
 */

import type { Assignment, LibrdKafkaError, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import kafka from '@confluentinc/kafka-javascript';
import type { InRecord } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import type { LingerLimits } from '../batching/linger.ts';
import type { Logger } from '../process/log.ts';
import { type AssignedPartition, describeAssigned } from './assigned.ts';
import { type BatchHandler, batchLoop } from './batch-loop.ts';
import type { ConsumerProfile } from './client-settings.ts';
import { type MergedReader, mergedReader } from './merged-consumer.ts';
import { toRecord } from './record.ts';

const CONSUME_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 60_000;
/** How long an assignment may wait for the group to be set back. */
const SET_BACK_MS = 5_000;
const ASSIGN = -175;

export type { AssignedPartition } from './assigned.ts';
export type { BatchHandler } from './batch-loop.ts';

/** Where a consumer is to begin. */
export interface StartAt {
  /** For each partition. */
  readonly at: ReadonlyMap<number, number>;
  /** The group is past it: it is set back first, so that whoever begins after us begins no later. */
  readonly setsBack: boolean;
}

/** A consumer of one topic that begins where it is told, and has its partitions merged by their records' times. */
export interface Merged {
  /**
   * Says where to begin. Awaited before anything is read.
   * @param describe asks the brokers about the partitions that were assigned, as they are by then
   */
  startAt(describe: () => Promise<readonly AssignedPartition[]>): Promise<StartAt>;
}

export interface BatchConsumer {
  /** Whether the group has given this member its share (an empty share counts). */
  assigned(): boolean;
  /** Of a merged one: records the brokers are known to have, and that were not handled yet; else 0. */
  lag(): number;
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
  readonly profile: ConsumerProfile;
  readonly handle: BatchHandler;
  /**
   * Batches handled at once, 1 without it. With more, two messages of one key may be handled out of order: only for a
   * handler whose safety does not rest on order.
   */
  readonly lanes?: number;
  /** How long records may linger before they are taken; `HOP_LINGER` without it. */
  readonly linger?: LingerLimits;
  /** Whether records come with their headers; most readers have no use for them. */
  readonly withHeaders?: boolean;
  /** While it says true nothing is fetched: what waits, waits in Kafka. */
  readonly paused?: () => boolean;
  readonly merged?: Merged;
  readonly log: Logger;
}

/** What the client has and its type declarations lack. */
interface Undeclared {
  assignmentLost(): boolean;
  setDefaultIsTimeoutOnlyForFirstMessage(only: boolean): void;
}

/** Joins the group and runs until closed. */
export async function consumeBatches(options: BatchConsumerOptions): Promise<BatchConsumer> {
  const { log, profile, prefix = '', lanes = 1, merged } = options;
  let hasAssignment = false;
  let fetchPaused = false;
  let onCommitted = () => {};

  const consumer = new kafka.KafkaConsumer(
    {
      ...profile.global,
      'metadata.broker.list': options.brokers,
      'group.id': prefix + options.group,
      'client.id': options.clientId,
      rebalance_cb: (error: LibrdKafkaError, partitions: Assignment[]) => void rebalance(error, partitions),
      offset_commit_cb: (error: LibrdKafkaError) => {
        onCommitted();
        if (error)
          log.throttled('kafka-commit', 'an offset commit was refused', {
            error: error.message,
            code: error.code,
          });
      },
    },
    profile.topic,
  ) as kafka.KafkaConsumer & Undeclared;

  const die = (what: string, error: unknown) => {
    log.error(`${what}; ending this process`, {
      error: error instanceof Error ? error.stack : messageOf(error),
    });
    process.exit(70);
  };

  const read = (max: number) =>
    new Promise<InRecord[]>((resolve, reject) => {
      consumer.consume(max, (error, messages) =>
        error
          ? reject(error)
          : resolve(messages.map((message) => toRecord(message, prefix, options.withHeaders === true))),
      );
    });
  const reader: MergedReader | null = merged ? mergedReader(read, endOf) : null;

  const loop = batchLoop({
    consume: reader?.consume ?? read,
    commit: (offsets) =>
      void consumer.commit(offsets.map(({ topic, ...rest }) => ({ topic: prefix + topic, ...rest }))),
    handle: options.handle,
    batchMax: profile.batchMax,
    lanes,
    ...(options.linger && { linger: options.linger }),
    beforeConsume: fetchOrPause,
    fail: die,
    log,
  });

  async function rebalance(error: LibrdKafkaError, partitions: Assignment[]): Promise<void> {
    try {
      if (error.code === ASSIGN) {
        loop.assigned();
        const from = await withStarts(partitions);
        hasAssignment = true;
        fetchPaused = false;
        consumer.assign(from);
        log.info('partitions assigned', { group: options.group, assigned: partitions.length });
        return;
      }
      reader?.begin(new Map());
      await loop.giveUp(consumer.assignmentLost());
      hasAssignment = false;
      fetchPaused = false;
      consumer.unassign();
    } catch (cause) {
      die('rebalance failed', cause);
    }
  }

  async function withStarts(partitions: Assignment[]): Promise<Assignment[]> {
    if (merged === undefined || reader === null || partitions.length === 0) return partitions;
    const { at, setsBack } = await merged.startAt(() => describeAssigned(consumer, partitions));
    const from = partitions.map((one) => {
      const offset = at.get(one.partition);
      // The reader drops what it was not told to begin: left out, a partition would never be read.
      if (offset === undefined) throw new Error(`nobody said where partition ${one.partition} begins`);
      return { ...one, offset };
    });
    if (setsBack) await setBack(from);
    reader.begin(at);
    return from;
  }

  /** Resolves when the brokers have answered, or have not for a while: then the first commits of what is read do it. */
  function setBack(from: Assignment[]): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, SET_BACK_MS);
      onCommitted = () => {
        clearTimeout(timer);
        onCommitted = () => {};
        resolve();
      };
      consumer.commit(from as TopicPartitionOffset[]);
    });
  }

  /** As the last fetch told; no question to the brokers. */
  function endOf(partition: number): number | null {
    try {
      const { highOffset } = consumer.getWatermarkOffsets(prefix + (options.topics[0] ?? ''), partition);
      return highOffset >= 0 ? highOffset : null;
    } catch {
      return null;
    }
  }

  consumer.on('event.error', (error) =>
    log.throttled('kafka-consumer', 'the Kafka consumer reports an error', { error: error.message }),
  );
  await new Promise<void>((resolve, reject) => {
    consumer.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve()));
  });
  consumer.setDefaultConsumeTimeout(CONSUME_TIMEOUT_MS);
  consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);
  consumer.subscribe(options.topics.map((topic) => prefix + topic));

  /** Fetching stops at the partitions; consume() goes on, for heartbeat and callbacks are served from inside it. */
  function fetchOrPause(): void {
    const pause = hasAssignment && options.paused?.() === true;
    if (pause === fetchPaused) return;
    fetchPaused = pause;
    if (pause) consumer.pause(consumer.assignments());
    else if (hasAssignment) consumer.resume(consumer.assignments());
  }

  loop.start();
  return {
    assigned: () => hasAssignment,
    lag: () => reader?.lag() ?? 0,
    async close() {
      await loop.close();
      await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
    },
  };
}
