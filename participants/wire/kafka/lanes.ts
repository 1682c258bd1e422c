/**
 * Lanes: of each partition few groups of messages, as a rule one, are with the client at a time; those that come meanwhile
 * leave together when one is acknowledged.
 *
 * Why: librdkafka's idempotent producer sends nothing more to a partition of which five messages are unacknowledged, and
 * as long as more are queued for it, the broker's thread polls without a pause (`rd_kafka_toppar_producer_serve` sets its
 * next wake-up before it looks at that limit). Held here they cost nothing, and they become one request instead of several.
 */
import { partitionOf, SAGA_PARTITIONS } from '../ids.ts';
import { TOPICS } from '../topics.ts';

/** One partition's messages: how many groups of them are with the client, and which wait. */
export interface Lane<T> {
  groups: number;
  waiting: T[];
}

/** What travels in a lane. */
export interface InLane<T> {
  readonly lane: Lane<T>;
  /** Those it left with: how many of them are under way. */
  group?: { missing: number };
}

/** The lanes of a producer. */
export interface Lanes<T> {
  /** The lane of a key in a topic: as many to a topic as it has partitions. A wrong number costs speed, never order. */
  of(topic: string, key: string): Lane<T>;
  /** Lets messages leave: at once where their lane has room, else together with all that wait, in the order they came. */
  enter(items: readonly T[]): void;
  /** One that had left is acknowledged or given back. */
  left(item: T): void;
}

/**
 * Lanes whose messages leave by `leave`, which must not throw.
 * @param groupsMax of each lane under way at once; from five on the client spins
 */
export function openLanes<T extends InLane<T>>(leave: (item: T) => void, groupsMax = 1): Lanes<T> {
  const topics = new Map<string, Array<Lane<T>>>();

  const go = (lane: Lane<T>): void => {
    const items = lane.waiting;
    if (lane.groups >= groupsMax || items.length === 0) return;
    lane.waiting = [];
    lane.groups++;
    const group = { missing: items.length };
    for (const item of items) item.group = group;
    items.forEach(leave);
  };

  return {
    of(topic, key) {
      let lanes = topics.get(topic);
      if (lanes === undefined) {
        const partitions = TOPICS.find(({ name }) => name === topic)?.partitions ?? SAGA_PARTITIONS;
        lanes = Array.from({ length: partitions }, () => ({ groups: 0, waiting: [] }));
        topics.set(topic, lanes);
      }
      return lanes[partitionOf(key, lanes.length)] as Lane<T>;
    },
    enter(items) {
      for (const item of items) item.lane.waiting.push(item);
      for (const { lane } of items) go(lane);
    },
    left({ lane, group }) {
      if (group === undefined || --group.missing > 0) return;
      lane.groups--;
      go(lane);
    },
  };
}
