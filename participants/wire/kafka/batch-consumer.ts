/**
 * Reads records in batches and commits their offsets only when the handler's work is published.
 *
 * The raw `consume(n)` is used in a loop of our own: the KafkaJS-style runner lost messages when a handler outlasted
 * the rebalance timeout (confluent-kafka-javascript issue 528). Two stages overlap: while one batch is being published,
 * the next is read and handled. Offsets are committed in the order of the batches, never past one that is under way,
 * and never for a batch that outlived its assignment: the broker would accept them and rewind another owner.
 */

import type { Assignment, LibrdKafkaError, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import kafka from '@confluentinc/kafka-javascript';
import type { InRecord } from '../envelope.ts';
import { messageOf } from '../errors.ts';
import { type GatherLoad, gatherMs, observeBatch } from '../gather.ts';
import type { Logger } from '../log.ts';
import type { ConsumerProfile } from './profiles.ts';

const CONSUME_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 60_000;
/** How long giving partitions up may wait for what is in flight. */
const DRAIN_MS = 5_000;
/** Batches whose publishing may be under way at once. */
const MAX_PUBLISHING = 4;
/** Offset commits closer together than this are merged: each is a write at the broker. */
const COMMIT_EVERY_MS = 100;
const ASSIGN = -175;

/**
 * Takes one batch. Resolves when its transaction is durable; `published` resolves when what it sends is acknowledged.
 * It never rejects for circumstances: it waits them out. A rejection is a defect and ends the process.
 */
export type BatchHandler = (records: readonly InRecord[]) => Promise<{ published: Promise<void> }>;

export interface BatchConsumer {
  /** Whether the group has given this member its share (an empty share counts). */
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
  readonly profile: ConsumerProfile;
  readonly handle: BatchHandler;
  /**
   * Batches handled at once, 1 without it. With more, two messages of one key may be handled out of order: only for a
   * handler whose safety does not rest on order.
   */
  readonly lanes?: number;
  /** While it says true nothing is fetched: what waits, waits in Kafka. */
  readonly paused?: () => boolean;
  readonly log: Logger;
}

/** What the client has and its type declarations lack. */
interface Undeclared {
  assignmentLost(): boolean;
  setDefaultIsTimeoutOnlyForFirstMessage(only: boolean): void;
}

/** Joins the group and runs until closed. */
export async function consumeBatches(options: BatchConsumerOptions): Promise<BatchConsumer> {
  const { log, profile, prefix = '', lanes = 1 } = options;
  let epoch = 0;
  let hasAssignment = false;
  let fetchPaused = false;
  let closing = false;
  let handling = 0;
  let publishing = 0;
  let inFlight: Promise<void> = Promise.resolve();
  let wake: (() => void) | null = null;
  const commits = offsetCommits((offsets) => consumer.commit(offsets));

  const consumer = new kafka.KafkaConsumer(
    {
      ...profile.global,
      'metadata.broker.list': options.brokers,
      'group.id': prefix + options.group,
      'client.id': options.clientId,
      rebalance_cb: (error: LibrdKafkaError, partitions: Assignment[]) => void rebalance(error, partitions),
      offset_commit_cb: (error: LibrdKafkaError) => {
        if (error)
          log.throttled('kafka-commit', 'an offset commit was refused', {
            error: error.message,
            code: error.code,
          });
      },
    },
    profile.topic,
  ) as kafka.KafkaConsumer & Undeclared;

  async function rebalance(error: LibrdKafkaError, partitions: Assignment[]): Promise<void> {
    try {
      if (error.code === ASSIGN) {
        epoch += 1;
        hasAssignment = true;
        fetchPaused = false;
        consumer.assign(partitions);
        log.info('partitions assigned', { group: options.group, assigned: partitions.length });
        return;
      }
      if (!consumer.assignmentLost()) {
        await Promise.race([inFlight, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
        commits.flush();
      }
      commits.forget();
      epoch += 1;
      hasAssignment = false;
      fetchPaused = false;
      consumer.unassign();
    } catch (cause) {
      log.error('rebalance failed; ending this process', { error: messageOf(cause) });
      process.exit(70);
    }
  }

  consumer.on('event.error', (error) =>
    log.throttled('kafka-consumer', 'consumer trouble', { error: error.message }),
  );
  await new Promise<void>((resolve, reject) => {
    consumer.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve()));
  });
  consumer.setDefaultConsumeTimeout(CONSUME_TIMEOUT_MS);
  consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);
  consumer.subscribe(options.topics.map((topic) => prefix + topic));

  const consume = (max: number) =>
    new Promise<InRecord[]>((resolve, reject) => {
      consumer.consume(max, (error, messages) =>
        error ? reject(error) : resolve(messages.map((message) => record(message, prefix))),
      );
    });

  /** Fetching stops at the partitions; consume() goes on, for heartbeat and callbacks are served from inside it. */
  function fetchOrPause(): void {
    const pause = hasAssignment && options.paused?.() === true;
    if (pause === fetchPaused) return;
    fetchPaused = pause;
    if (pause) consumer.pause(consumer.assignments());
    else if (hasAssignment) consumer.resume(consumer.assignments());
  }

  async function run(): Promise<void> {
    let load: GatherLoad = { perSecond: 0, at: performance.now() };
    while (!closing) {
      fetchOrPause();
      while (handling >= lanes || publishing >= MAX_PUBLISHING)
        await new Promise<void>((resolve) => (wake = resolve));
      const pause = gatherMs(load);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      const previous = inFlight;
      let finished = () => {};
      // Busy before consume(): a revoke that arrives inside it must wait for the batch it returns.
      inFlight = new Promise((resolve) => (finished = resolve));
      let records: InRecord[];
      try {
        records = await consume(profile.batchMax);
      } catch (error) {
        log.throttled('kafka-consume', 'consume failed, trying again', { error: messageOf(error) });
        records = [];
        await new Promise((resolve) => setTimeout(resolve, CONSUME_TIMEOUT_MS));
      }
      load = observeBatch(load, records.length, performance.now());
      if (records.length === 0) {
        void previous.then(finished);
        continue;
      }
      void take(records, previous, finished);
    }
  }

  /** Handles a batch, and commits it once it and all before it are published. */
  async function take(records: InRecord[], previous: Promise<void>, finished: () => void): Promise<void> {
    const batchEpoch = epoch;
    handling += 1;
    try {
      const { published } = await options.handle(records);
      handling -= 1;
      publishing += 1;
      wake?.();
      await Promise.all([previous, published]);
      if (batchEpoch === epoch) commits.add(records, prefix);
      publishing -= 1;
      finished();
      wake?.();
    } catch (error) {
      log.error('a batch failed for good; ending this process', {
        error: error instanceof Error ? error.stack : String(error),
      });
      process.exit(70);
    }
  }

  const running = run().catch((error) => {
    log.error('the batch loop failed; ending this process', { error: messageOf(error) });
    process.exit(70);
  });

  return {
    assigned: () => hasAssignment,
    async close() {
      closing = true;
      await running;
      await Promise.race([inFlight, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
      commits.flush();
      await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
    },
  };
}

function record(message: kafka.Message, prefix: string): InRecord {
  return {
    topic: prefix === '' ? message.topic : message.topic.slice(prefix.length),
    partition: message.partition,
    offset: message.offset,
    key: message.key == null ? null : message.key.toString(),
    value: message.value,
    timestamp: message.timestamp ?? 0,
  };
}

/** Collects the offsets to commit, highest per partition, and sends them a bounded number of times a second. */
function offsetCommits(send: (offsets: TopicPartitionOffset[]) => void) {
  let pending = new Map<string, TopicPartitionOffset>();
  let timer: NodeJS.Timeout | null = null;
  let lastAt = 0;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (pending.size === 0) return;
    lastAt = performance.now();
    const offsets = [...pending.values()];
    pending = new Map();
    send(offsets);
  };
  return {
    add(records: readonly InRecord[], prefix: string) {
      for (const { topic, partition, offset } of records) {
        pending.set(`${topic}/${partition}`, { topic: prefix + topic, partition, offset: offset + 1 });
      }
      const wait = lastAt + COMMIT_EVERY_MS - performance.now();
      if (wait <= 0) flush();
      else timer ??= setTimeout(flush, wait);
    },
    flush,
    /** Partitions are being given up: what is not committed is another member's to repeat. */
    forget() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      pending = new Map();
    },
  };
}
