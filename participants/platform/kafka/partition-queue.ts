/**
 * Lanes: of each partition one batch is under way at a time; what comes meanwhile leaves together when it is acknowledged.
 *
 * So a batch that must be sent again is the last one its broker has seen of the partition: it goes under the same number,
 * the broker tells a repetition from news, and no message overtakes another.
 */

/** Whose numbers a batch bears (Kafka's producer id and epoch). */
export interface Identity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** One partition's messages: which are under way, and which wait. */
export interface Lane<T> {
  readonly topic: string;
  readonly partition: number;
  /** The broker that leads it; null while it must be asked for. */
  leader: number | null;
  /** Under whose numbers it sends; null before its first batch, and when its broker has forgotten them. */
  identity: Identity | null;
  /** The number of the batch's first message, else of the next one's. */
  sequence: number;
  /** Under way, or to be sent again just as it was. Empty: none is. */
  batch: readonly T[];
  waiting: T[];
  /** A batch holds no more bytes than this, or one message. */
  bytesMax: number;
  /** Its batch is in somebody's hands: what comes waits. */
  isBusy: boolean;
}

/** What must be known of a message here. */
export interface Sized {
  readonly bytes: number;
}

/** By default brokers refuse a batch of more than 1 MB (`max.message.bytes`) after compression; this is below it without. */
const BATCH_MAX_BYTES = 900_000;
const BATCH_MAX = 10_000;
/** Numbers are 31 bits and begin anew. */
const SEQUENCES = 2 ** 31;

/** An empty lane. */
export function openLane<T>(topic: string, partition: number, leader: number | null): Lane<T> {
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
  };
}

/** Makes a batch of what waits, where none is under way: in the order they came, as many as a broker takes. */
export function load<T extends Sized>(lane: Lane<T>): void {
  if (lane.batch.length > 0) return;
  let bytes = 0;
  const fits = ({ bytes: more }: T, i: number) => {
    bytes += more;
    return i === 0 || (i < BATCH_MAX && bytes <= lane.bytesMax);
  };
  const end = lane.waiting.findIndex((one, i) => !fits(one, i));
  lane.batch = end < 0 ? lane.waiting : lane.waiting.slice(0, end);
  lane.waiting = end < 0 ? [] : lane.waiting.slice(end);
}

/**
 * The broker takes no batch as large as this one: what was in it goes in smaller ones, as all that follows.
 * @returns false when it is one message, which cannot be made smaller
 */
export function shrink<T extends Sized>(lane: Lane<T>): boolean {
  if (lane.batch.length < 2) return false;
  lane.bytesMax = Math.ceil(lane.batch.reduce((sum, { bytes }) => sum + bytes, 0) / 2);
  lane.waiting = [...lane.batch, ...lane.waiting];
  lane.batch = [];
  return true;
}

/** The batch is in the log: takes it out. @returns what was in it */
export function acknowledged<T>(lane: Lane<T>): readonly T[] {
  const { batch } = lane;
  lane.batch = [];
  lane.sequence = (lane.sequence + batch.length) % SEQUENCES;
  return batch;
}

/** From now on the lane sends, its batch included, under an identity that has sent nothing to it yet. */
export function renumber<T>(lane: Lane<T>, identity: Identity): void {
  lane.identity = identity;
  lane.sequence = 0;
}
