/**
 * An idempotent producer. Batches records per partition, sends each leader one request with the batches of all its
 * partitions, and retries until every batch is acknowledged.
 */
import { messageOf } from '#protocol/errors.ts';
import { partitionOf } from '#protocol/ids.ts';
import type { Logger } from '../process/log.ts';
import type { OutRecord, ProduceResult, ProducerClient, ProducerIdentity } from './brokers.ts';
import {
  dropLeft,
  formBatch,
  type PartitionQueue,
  partitionQueue,
  renumber,
  shrinkBatch,
  takeAcknowledged,
} from './partition-queue.ts';
import { openQueues, produceDuration, produceRetries, produceThrottled } from './producer-metrics.ts';

const RETRY_MS = 250;
/** The most bytes that the encoding adds to a record (lengths, timestamp), and to each header (two lengths). */
const RECORD_BYTES = 30;
const HEADER_BYTES = 10;

/** DUPLICATE_SEQUENCE_NUMBER: the batch is in the log, but the broker no longer has its offset. */
const DUPLICATE = 46;
/** MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE: the batch exceeds the limit of the topic or of the broker. */
const TOO_LARGE = new Set([10, 18]);
/** INVALID_TIMESTAMP: the topic keeps the producers' timestamps, and this machine's clock is too far ahead. */
const INVALID_TIMESTAMP = 32;
/** Kafka's value for a record without a timestamp, which brokers accept whatever the clocks say. */
const NO_TIMESTAMP = -1n;
/**
 * The broker has lost the identity's sequence: OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH,
 * INVALID_PRODUCER_ID_MAPPING, UNKNOWN_PRODUCER_ID, PRODUCER_FENCED.
 */
const IDENTITY_LOST = new Set([45, 47, 49, 59, 90]);

/** Where a message is in the log. */
export interface Placement {
  readonly partition: number;
  readonly offset: number;
  /** ms since 1970, by the broker's clock where the topic has LogAppendTime. */
  readonly timestamp: number;
}

export interface ProducerMessage {
  readonly topic: string;
  readonly key: string | Buffer;
  readonly value: Buffer;
  readonly headers: Map<Buffer, Buffer>;
  /** Nobody waits for it any more: it may be dropped before it was sent. */
  readonly isLeft: () => boolean;
  /** Called instead of `onAcknowledged` when it was dropped. */
  readonly onDropped: () => void;
  /** Called once all in-sync replicas have it; null: it is in the log, and the broker no longer has its offset. */
  readonly onAcknowledged: (placement: Placement | null) => void;
}

/** Retries until the brokers acknowledge, however long they are down. */
export interface Producer {
  /** Keeps the order of messages with one key. The caller bounds how many are in flight. */
  send(messages: readonly ProducerMessage[]): void;
  /** Since when a partition takes nothing, ms since 1970; null: it does, or nothing was sent to it. */
  failingSince(topic: string, partition: number): number | null;
  /** Closes the connections; unacknowledged messages are not sent again. */
  close(): Promise<void>;
}

interface Item {
  readonly record: OutRecord;
  readonly bytes: number;
  readonly isLeft: () => boolean;
  readonly onDropped: () => void;
  readonly onAcknowledged: ProducerMessage['onAcknowledged'];
}

type Queue = PartitionQueue<Item>;
type Queues = readonly Queue[];

type RetryReason = 'no-leader' | 'no-identity' | 'rejected' | 'unanswered';

function isInLog({ code }: ProduceResult): boolean {
  return code === 0 || code === DUPLICATE;
}

/** A producer over a client, which sends single requests. */
export function openProducer(client: ProducerClient, log: Logger): Producer {
  const topics = new Map<string, Queues>();
  /** Messages of topics whose partitions are being looked up. */
  const unplaced = new Map<string, ProducerMessage[]>();
  const ready = new Set<Queue>();
  let identity: Promise<ProducerIdentity> | null = null;
  let isScheduled = false;
  let isClosed = false;

  const warn = (what: string, error: unknown) => {
    if (!isClosed)
      log.throttled(`kafka: ${what}`, 'kafka-producing-again', { what, error: messageOf(error) });
  };

  /** Sends every batch that can go, one request a leader. A queue without a leader or an identity gets one first. */
  const sendNow = () => {
    isScheduled = false;
    if (isClosed) return;
    const queues = [...ready];
    ready.clear();
    queues.forEach(formBatch);
    const full = queues.filter(({ batch }) => batch.length > 0);
    for (const queue of full) queue.isBusy = true;
    const leaderless = full.filter((queue) => queue.leader === null);
    for (const [topic, some] of Map.groupBy(leaderless, (queue) => queue.topic)) void locate(topic, some);
    const led = full.filter((queue) => queue.leader !== null);
    const unidentified = led.filter((queue) => queue.identity === null);
    if (unidentified.length > 0) void identify(unidentified);
    const sendable = led.filter((queue) => queue.identity !== null);
    for (const [leader, there] of Map.groupBy(sendable, (queue) => queue.leader))
      for (const [as, some] of Map.groupBy(there, (queue) => queue.identity))
        if (leader !== null && as !== null) void request(leader, as, some);
  };
  /** Records sent in one turn of the event loop go in one request. */
  const scheduleSend = () => {
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(sendNow);
  };
  /** Makes queues ready for their next batch. */
  const release = (queues: Queues) => {
    for (const queue of queues) {
      queue.isBusy = false;
      ready.add(queue);
    }
    scheduleSend();
  };
  const releaseLater = (queues: Queues, reason: RetryReason) => {
    produceRetries.inc({ reason }, queues.length);
    for (const queue of queues) {
      queue.failingSince ??= Date.now();
      dropLeft(queue);
    }
    if (queues.length > 0 && !isClosed) setTimeout(release, RETRY_MS, queues);
  };

  /** Looks up the leaders of some queues of a topic. */
  const locate = async (topic: string, queues: Queues) => {
    try {
      const leaders = await client.leadersOf(topic);
      for (const queue of queues) queue.leader = leaders[queue.partition] ?? null;
    } catch (error) {
      warn('looking up the leaders of a topic failed', error);
    }
    release(queues.filter(({ leader }) => leader !== null));
    releaseLater(
      queues.filter(({ leader }) => leader === null),
      'no-leader',
    );
  };

  /** Gives queues the producer's identity, under which they have sent nothing yet. */
  const identify = async (queues: Queues) => {
    identity ??= client.identity();
    const requested = identity;
    try {
      const assigned = await requested;
      for (const queue of queues) renumber(queue, assigned);
      release(queues);
    } catch (error) {
      if (identity === requested) identity = null;
      warn('requesting a producer identity failed', error);
      releaseLater(queues, 'no-identity');
    }
  };

  const request = async (leader: number, as: ProducerIdentity, queues: Queues) => {
    const batches = queues.map(({ topic, partition, sequence, batch }) => ({
      topic,
      partition,
      sequence,
      records: batch.map(({ record }) => record),
    }));
    const startedAt = performance.now();
    const { results, error, throttledMs } = await client.produce(leader, as, batches);
    const isUnanswered = results.includes(null);
    if (isUnanswered) warn('a broker did not acknowledge', error);
    const goesOn = queues.map((queue, i) => apply(queue, results[i] ?? null));
    const isTaken = results.every((result) => result !== null && isInLog(result));
    const outcome = isTaken ? 'ok' : isUnanswered ? 'unanswered' : 'rejected';
    produceDuration.observe({ outcome }, (performance.now() - startedAt) / 1000);
    if (throttledMs > 0) produceThrottled.inc(throttledMs / 1000);
    release(queues.filter((_, i) => goesOn[i]));
    releaseLater(
      queues.filter((_, i) => !goesOn[i]),
      isUnanswered ? 'unanswered' : 'rejected',
    );
    if (queues.some((queue) => queue.identity === null)) await discard(as);
  };

  /** Applies a leader's result to a queue. @returns whether the queue may send at once */
  const apply = (queue: Queue, result: ProduceResult | null): boolean => {
    const { topic, partition } = queue;
    if (result !== null && isInLog(result)) {
      queue.failingSince = null;
      takeAcknowledged(queue).forEach(({ onAcknowledged, record }, i) => {
        const { offset, timestamp } = result;
        const sentAt = record.timestamp === NO_TIMESTAMP ? Date.now() : Number(record.timestamp);
        const at = timestamp < 0 ? sentAt : timestamp;
        onAcknowledged(result.code === 0 ? { partition, offset: offset + i, timestamp: at } : null);
      });
      return true;
    }
    if (result !== null) {
      const { code } = result;
      log.throttled('kafka: rejected', 'kafka-batch-rejected', { topic, partition, code });
      if (TOO_LARGE.has(code) && shrinkBatch(queue)) return true;
      if (code === INVALID_TIMESTAMP && dropTimestamps(queue)) return true;
      // Under another identity the broker cannot detect a repetition: readers may receive the batch twice.
      if (IDENTITY_LOST.has(code)) queue.identity = null;
    }
    queue.leader = null;
    return false;
  };

  /** Discards a lost identity, so that the next queue without one requests a new one. */
  const discard = async (lost: ProducerIdentity) => {
    const requested = identity;
    if ((await requested?.catch(() => null)) === lost && identity === requested) identity = null;
  };

  const enqueue = (queues: Queues, message: ProducerMessage) => {
    const { topic, key, value, headers, isLeft, onDropped, onAcknowledged } = message;
    const partition = partitionOf(key, queues.length);
    const queue = queues[partition] as Queue;
    const name = typeof key === 'string' ? Buffer.from(key) : key;
    const record = { topic, partition, key: name, value, headers, timestamp: BigInt(Date.now()) };
    queue.waiting.push({ record, bytes: bytesOf(name, value, headers), isLeft, onDropped, onAcknowledged });
    if (!queue.isBusy) ready.add(queue);
  };

  /** Looks up a topic's partitions, and enqueues the messages that wait for them. */
  const discover = async (topic: string) => {
    try {
      const leaders = await client.leadersOf(topic);
      const queues = leaders.map((leader, partition) => partitionQueue<Item>(topic, partition, leader));
      topics.set(topic, queues);
      for (const message of unplaced.get(topic) ?? []) enqueue(queues, message);
      unplaced.delete(topic);
      scheduleSend();
    } catch (error) {
      warn('looking up the partitions of a topic failed', error);
      const queue = { waiting: unplaced.get(topic) ?? [] };
      dropLeft(queue);
      unplaced.set(topic, queue.waiting);
      if (!isClosed) setTimeout(() => void discover(topic), RETRY_MS);
    }
  };

  const queued = () => {
    let count = [...unplaced.values()].reduce((sum, waiting) => sum + waiting.length, 0);
    for (const queues of topics.values())
      for (const { waiting, batch } of queues) count += waiting.length + batch.length;
    return count;
  };
  openQueues.add(queued);

  return {
    send(messages) {
      for (const message of messages) {
        const queues = topics.get(message.topic);
        const waiting = unplaced.get(message.topic);
        if (queues !== undefined) enqueue(queues, message);
        else if (waiting !== undefined) waiting.push(message);
        else {
          unplaced.set(message.topic, [message]);
          void discover(message.topic);
        }
      }
      scheduleSend();
    },
    failingSince: (topic, partition) => topics.get(topic)?.[partition]?.failingSince ?? null,
    async close() {
      isClosed = true;
      openQueues.delete(queued);
      await client.close();
    },
  };
}

/** Removes the timestamps from a batch. @returns false when it has none */
function dropTimestamps(queue: Queue): boolean {
  if (queue.batch.every(({ record }) => record.timestamp === NO_TIMESTAMP)) return false;
  queue.batch = queue.batch.map((item) => ({
    ...item,
    record: { ...item.record, timestamp: NO_TIMESTAMP },
  }));
  return true;
}

function bytesOf(key: Buffer, value: Buffer, headers: ReadonlyMap<Buffer, Buffer>): number {
  let bytes = RECORD_BYTES + key.length + value.length;
  for (const [name, text] of headers) bytes += HEADER_BYTES + name.length + text.length;
  return bytes;
}
