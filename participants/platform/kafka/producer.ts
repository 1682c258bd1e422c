/**
 * An idempotent producer: what is to be sent when, to whom, and what is made of the answers. All that goes to a broker at
 * one moment is one request; what is not acknowledged is sent again just as it was, without end.
 */
import { messageOf } from '#protocol/errors.ts';
import { partitionOf } from '#protocol/ids.ts';
import type { Logger } from '../process/log.ts';
import type { Answer, Brokers, Outgoing } from './broker-client.ts';
import {
  acknowledged,
  type Identity,
  type Lane,
  load,
  openLane,
  renumber,
  shrink,
} from './partition-queue.ts';

const RETRY_MS = 250;
/** A record's own bytes, at the most: lengths, times, and a header's two lengths. */
const RECORD_BYTES = 30;
const HEADER_BYTES = 10;

/** DUPLICATE_SEQUENCE_NUMBER: it is in the log, but so long ago that the broker does not know where. */
const DUPLICATE = 46;
/** MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE: the batch, by the topic's or the broker's own limit. */
const TOO_LARGE = new Set([10, 18]);
/**
 * The broker does not know what the identity has sent: OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH,
 * INVALID_PRODUCER_ID_MAPPING, UNKNOWN_PRODUCER_ID, PRODUCER_FENCED.
 */
const IDENTITY_LOST = new Set([45, 47, 49, 59, 90]);

/** Where the brokers put a message, and when: their own clock where the topic has LogAppendTime. */
export interface Placement {
  readonly partition: number;
  readonly offset: number;
  /** ms since 1970. */
  readonly timestamp: number;
}

/** A message on its way. */
export interface Departing {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Map<Buffer, Buffer>;
  /** Called once all in-sync replicas have it; null: it is there, and the broker does not say where. */
  readonly arrived: (placement: Placement | null) => void;
}

/** Sends messages until they are acknowledged, however long the brokers are away. */
export interface Producer {
  /** Messages of one key arrive in the order they were sent. The caller bounds how many are on their way. */
  send(messages: readonly Departing[]): void;
  /** Sends nothing more. */
  close(): Promise<void>;
}

interface Item {
  readonly record: Outgoing;
  readonly bytes: number;
  readonly arrived: Departing['arrived'];
}

type Lanes = ReadonlyArray<Lane<Item>>;

/** A producer to some brokers. */
export function openProducer(brokers: Brokers, log: Logger): Producer {
  const topics = new Map<string, Lanes>();
  /** Messages of topics whose partitions are being asked for. */
  const unplaced = new Map<string, Departing[]>();
  const ready = new Set<Lane<Item>>();
  let identity: Promise<Identity> | null = null;
  let isScheduled = false;
  let isClosed = false;

  const warn = (what: string, error: unknown) => {
    if (!isClosed) log.throttled(`kafka: ${what}`, `${what}, trying again`, { error: messageOf(error) });
  };

  /** Lets everything go that can, each broker's in one request. What lacks a leader or an identity gets it first. */
  const leaveNow = () => {
    isScheduled = false;
    if (isClosed) return;
    const lanes = [...ready];
    ready.clear();
    lanes.forEach(load);
    const loaded = lanes.filter(({ batch }) => batch.length > 0);
    for (const lane of loaded) lane.isBusy = true;
    const lost = loaded.filter((lane) => lane.leader === null);
    for (const [topic, some] of Map.groupBy(lost, (lane) => lane.topic)) void locate(topic, some);
    const led = loaded.filter((lane) => lane.leader !== null);
    const nameless = led.filter((lane) => lane.identity === null);
    if (nameless.length > 0) void identify(nameless);
    const going = led.filter((lane) => lane.identity !== null);
    for (const [leader, there] of Map.groupBy(going, (lane) => lane.leader))
      for (const [as, some] of Map.groupBy(there, (lane) => lane.identity))
        if (leader !== null && as !== null) void request(leader, as, some);
  };
  /** What is sent in one moment leaves together. */
  const leave = () => {
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(leaveNow);
  };
  /** Gives lanes back: to be sent, or to rest. */
  const release = (lanes: Lanes) => {
    for (const lane of lanes) {
      lane.isBusy = false;
      ready.add(lane);
    }
    leave();
  };
  const releaseLater = (lanes: Lanes) => {
    if (lanes.length > 0 && !isClosed) setTimeout(release, RETRY_MS, lanes);
  };

  /** Asks who leads some lanes of a topic. */
  const locate = async (topic: string, lanes: Lanes) => {
    try {
      const leaders = await brokers.leadersOf(topic);
      for (const lane of lanes) lane.leader = leaders[lane.partition] ?? null;
    } catch (error) {
      warn('no broker says who leads a topic', error);
    }
    release(lanes.filter(({ leader }) => leader !== null));
    releaseLater(lanes.filter(({ leader }) => leader === null));
  };

  /** Gives lanes the identity all have, which they have sent nothing under. */
  const identify = async (lanes: Lanes) => {
    identity ??= brokers.identity();
    const asked = identity;
    try {
      const given = await asked;
      for (const lane of lanes) renumber(lane, given);
      release(lanes);
    } catch (error) {
      if (identity === asked) identity = null;
      warn('no broker gives the producer an identity', error);
      releaseLater(lanes);
    }
  };

  const request = async (leader: number, as: Identity, lanes: Lanes) => {
    const batches = lanes.map(({ topic, partition, sequence, batch }) => ({
      topic,
      partition,
      sequence,
      records: batch.map(({ record }) => record),
    }));
    const { answers, error } = await brokers.produce(leader, as, batches);
    if (answers.includes(null)) warn('a broker does not acknowledge', error);
    const goesOn = lanes.map((lane, i) => take(lane, answers[i] ?? null));
    release(lanes.filter((_, i) => goesOn[i]));
    releaseLater(lanes.filter((_, i) => !goesOn[i]));
    if (lanes.some((lane) => lane.identity === null)) await forget(as);
  };

  /** Takes in what a broker says of a lane's batch. @returns whether the lane may go on at once */
  const take = (lane: Lane<Item>, answer: Answer | null): boolean => {
    const { topic, partition } = lane;
    if (answer?.code === 0 || answer?.code === DUPLICATE) {
      acknowledged(lane).forEach(({ arrived, record }, i) => {
        const { offset, timestamp } = answer;
        const at = timestamp < 0 ? Number(record.timestamp) : timestamp;
        arrived(answer.code === 0 ? { partition, offset: offset + i, timestamp: at } : null);
      });
      return true;
    }
    if (answer !== null) {
      const { code } = answer;
      log.throttled('kafka: refused', 'a broker refuses a batch, trying again', { topic, partition, code });
      if (TOO_LARGE.has(code) && shrink(lane)) return true;
      // A repetition cannot be told from news under another identity: who reads may get the batch twice.
      if (IDENTITY_LOST.has(code)) lane.identity = null;
    }
    lane.leader = null;
    return false;
  };

  /** Lets the next lane without an identity ask for a new one, where all have the one that is lost. */
  const forget = async (lostOne: Identity) => {
    const asked = identity;
    if ((await asked?.catch(() => null)) === lostOne && identity === asked) identity = null;
  };

  const enter = (lanes: Lanes, { topic, key, value, headers, arrived }: Departing) => {
    const partition = partitionOf(key, lanes.length);
    const lane = lanes[partition] as Lane<Item>;
    const name = Buffer.from(key);
    const record = { topic, partition, key: name, value, headers, timestamp: BigInt(Date.now()) };
    lane.waiting.push({ record, bytes: bytesOf(name, value, headers), arrived });
    if (!lane.isBusy) ready.add(lane);
  };

  /** Asks for a topic's partitions, and lets in what waits for them. */
  const discover = async (topic: string) => {
    try {
      const leaders = await brokers.leadersOf(topic);
      const lanes = leaders.map((leader, partition) => openLane<Item>(topic, partition, leader));
      topics.set(topic, lanes);
      for (const message of unplaced.get(topic) ?? []) enter(lanes, message);
      unplaced.delete(topic);
      leave();
    } catch (error) {
      warn('no broker tells of a topic', error);
      if (!isClosed) setTimeout(() => void discover(topic), RETRY_MS);
    }
  };

  return {
    send(messages) {
      for (const message of messages) {
        const lanes = topics.get(message.topic);
        const waiting = unplaced.get(message.topic);
        if (lanes !== undefined) enter(lanes, message);
        else if (waiting !== undefined) waiting.push(message);
        else {
          unplaced.set(message.topic, [message]);
          void discover(message.topic);
        }
      }
      leave();
    },
    async close() {
      isClosed = true;
      await brokers.close();
    },
  };
}

function bytesOf(key: Buffer, value: Buffer, headers: ReadonlyMap<Buffer, Buffer>): number {
  let bytes = RECORD_BYTES + key.length + value.length;
  for (const [name, text] of headers) bytes += HEADER_BYTES + name.length + text.length;
  return bytes;
}
