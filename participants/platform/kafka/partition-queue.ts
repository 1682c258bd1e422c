/**
 * The queue of one partition. One batch is in flight at a time; records that arrive meanwhile form the next batch.
 *
 * So a batch that must be sent again is the last one its leader received for the partition. It keeps its sequence number, the
 * leader can tell a repetition from new records, and no record overtakes another.
 */
import type { ProducerIdentity, TopicPartition } from './brokers.ts';

export interface PartitionQueue<T> extends TopicPartition {
  /** The leader's id; null: unknown, look it up before sending. */
  leader: number | null;
  /** The identity it sends under; null before its first batch, and when its leader has lost the identity. */
  identity: ProducerIdentity | null;
  /** The sequence number of the batch's first record, or of the next record while there is no batch. */
  sequence: number;
  /** In flight, or to be sent again unchanged. Empty: there is none. */
  batch: readonly T[];
  waiting: T[];
  /** A batch has at most so many bytes, or one record. */
  bytesMax: number;
  /** Its batch is being sent: records that arrive wait. */
  isBusy: boolean;
  /** Since when its batch is not acknowledged at any attempt, ms since 1970; null: the last one was. */
  failingSince: number | null;
}

/** What the queue needs of a record. */
export interface Sized {
  readonly bytes: number;
}

/** A record that its sender may leave. */
export interface Leavable {
  readonly isLeft: () => boolean;
  readonly onDropped: () => void;
}

/** So many records of a failing queue are kept although their senders left them: they go out as soon as it works again. */
export const LEFT_MAX = 1_000;

/** Brokers reject a batch of more than 1 MB (the default of `max.message.bytes`) after compression; this is below it without. */
const BATCH_MAX_BYTES = 900_000;
const BATCH_MAX = 10_000;
/** Sequence numbers have 31 bits and start over after the last. */
const SEQUENCES = 2 ** 31;

/** An empty queue. */
export function partitionQueue<T>(
  topic: string,
  partition: number,
  leader: number | null,
): PartitionQueue<T> {
  return {
    topic,
    partition,
    leader,
    identity: null,
    sequence: 0,
    batch: [],
    waiting: [],
    bytesMax: BATCH_MAX_BYTES,
    isBusy: false,
    failingSince: null,
  };
}

/** Forms a batch of waiting records unless there is one: in their order, as many as a broker accepts. */
export function formBatch<T extends Sized>(queue: PartitionQueue<T>): void {
  if (queue.batch.length > 0) return;
  let bytes = 0;
  const fits = ({ bytes: more }: T, i: number) => {
    bytes += more;
    return i === 0 || (i < BATCH_MAX && bytes <= queue.bytesMax);
  };
  const end = queue.waiting.findIndex((one, i) => !fits(one, i));
  queue.batch = end < 0 ? queue.waiting : queue.waiting.slice(0, end);
  queue.waiting = end < 0 ? [] : queue.waiting.slice(end);
}

/**
 * Returns the batch to the waiting records and cuts the size of batches by half, because the leader rejected this one as too large.
 * @returns false when it is one record, which cannot be made smaller
 */
export function shrinkBatch<T extends Sized>(queue: PartitionQueue<T>): boolean {
  if (queue.batch.length < 2) return false;
  queue.bytesMax = Math.ceil(queue.batch.reduce((sum, { bytes }) => sum + bytes, 0) / 2);
  queue.waiting = [...queue.batch, ...queue.waiting];
  queue.batch = [];
  return true;
}

/** Drops waiting records that their senders left, beyond the first so many: a failing queue must not grow without end. */
export function dropLeft<T extends Leavable>(queue: Pick<PartitionQueue<T>, 'waiting'>): void {
  if (queue.waiting.length <= LEFT_MAX) return;
  const isDropped = (one: T, i: number) => i >= LEFT_MAX && one.isLeft();
  const dropped = queue.waiting.filter(isDropped);
  queue.waiting = queue.waiting.filter((one, i) => !isDropped(one, i));
  for (const { onDropped } of dropped) onDropped();
}

/** Takes the acknowledged batch out. @returns its records */
export function takeAcknowledged<T>(queue: PartitionQueue<T>): readonly T[] {
  const { batch } = queue;
  queue.batch = [];
  queue.sequence = (queue.sequence + batch.length) % SEQUENCES;
  return batch;
}

/** Sends from now on, the present batch included, under an identity that has numbered nothing of this partition yet. */
export function renumber<T>(queue: PartitionQueue<T>, identity: ProducerIdentity): void {
  queue.identity = identity;
  queue.sequence = 0;
}
