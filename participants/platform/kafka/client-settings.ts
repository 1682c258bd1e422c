/** The four client profiles of S16-S19, and in one table where and why the product departs from them. */
import type { ConsumerGlobalConfig, ConsumerTopicConfig } from '@confluentinc/kafka-javascript';

/** One setting that is not as the owner's document has it. */
export interface Departure {
  readonly profile: 'S16' | 'S17' | 'S18' | 'S19' | 'S2';
  readonly setting: string;
  readonly seed: string;
  readonly ours: string;
  /** Measured or documented, never a taste. */
  readonly why: string;
}

/** Every departure from the document's settings. */
export const DEPARTURES: readonly Departure[] = [
  {
    profile: 'S16',
    setting: 'acks',
    seed: '1',
    ours: 'all',
    why: "S22's idempotent producer needs acks=all; with acks=1 a leader's death loses acknowledged events",
  },
  {
    profile: 'S16',
    setting: 'retries',
    seed: '3',
    ours: 'without end, in place',
    why: 'S22 asks for retries without end; an order has ten hops, and one given up is an order stuck',
  },
  {
    profile: 'S16',
    setting: 'linger.ms',
    seed: '5',
    ours: '0',
    why: 'one idle hop takes 7.4 ms instead of 2.2 ms at linger 5, and an order has ten; batches are gathered in front of the producer',
  },
  {
    profile: 'S16',
    setting: 'batch.size',
    seed: '16384',
    ours: '900000',
    why: 'one batch a partition is under way at a time (lanes.ts): what is cut off waits for an acknowledgement. Brokers take 1 MB',
  },
  {
    profile: 'S17',
    setting: 'retries',
    seed: '5',
    ours: 'without end, in place',
    why: 'a coupon result not delivered is a customer not answered; the idempotent producer makes repeats safe',
  },
  {
    profile: 'S18',
    setting: 'session.timeout.ms',
    seed: '30000',
    ours: '6000',
    why: "a killed member's partitions wait for its session: 34.7 s at 30 s, 10.8 s at 10 s (orders must flow again within 15 s)",
  },
  {
    profile: 'S18',
    setting: 'heartbeat.interval.ms',
    seed: '3000 (default)',
    ours: '500',
    why: 'the heartbeat sets the length of every rebalance: 0.15-0.5 s at 500, 1-2 s at 3000',
  },
  {
    profile: 'S19',
    setting: "auto.offset.reset (the coupon issuer's; the readers of results keep it)",
    seed: 'latest',
    ours: 'earliest',
    why: 'a request acknowledged while no issuer runs must be decided, and latest would pass it over; results are for those who listen',
  },
  {
    profile: 'S19',
    setting: "max.poll.records (the coupon issuer's)",
    seed: '100',
    ours: '1000',
    why: 'a batch is one transaction and its cost is paid per batch: at 5,000 requests/s 100 a batch would be 50 commits/s and more, and a backlog would hardly shrink',
  },
  {
    profile: 'S2',
    setting: 'coupon-inventory key',
    seed: 'user id',
    ours: 'campaign id',
    why: 'stock is a event about a campaign; keyed by user its order would be lost',
  },
];

/**
 * What differs between producers. Of all of them: idempotent, `acks` all, tried again without end, and nothing lingers: a
 * call's messages are one request a broker.
 */
export interface ProducerProfile {
  readonly compression: 'lz4' | 'snappy';
}

/** S16, the order producer, with the departures above. */
export const ORDER_PRODUCER: ProducerProfile = { compression: 'lz4' };
/** S17, the coupon producer. */
export const COUPON_PRODUCER: ProducerProfile = { compression: 'snappy' };

/** How a consumer of one of the profiles reads. */
export interface ConsumerProfile {
  /** Records a poll at the most: `max.poll.records` of the document. */
  readonly batchMax: number;
  readonly global: ConsumerGlobalConfig;
  readonly topic: ConsumerTopicConfig;
}

const CONSUMER: ConsumerGlobalConfig = {
  'enable.auto.commit': false,
  'enable.auto.offset.store': false,
  // Only range gives one member the same partition number of every topic.
  'partition.assignment.strategy': 'range',
  'heartbeat.interval.ms': 500,
  'max.poll.interval.ms': 60_000,
  'fetch.wait.max.ms': 500,
  // Memory: the default is 64 MB a consumer.
  'queued.max.messages.kbytes': 16_384,
  'queued.min.messages': 5_000,
  'socket.nagle.disable': true,
  'allow.auto.create.topics': false,
  'reconnect.backoff.max.ms': 1_000,
  // One broker alive or the controller gone is noticed soon after a failover.
  'topic.metadata.refresh.interval.ms': 30_000,
};

/** S18, the general consumer: manual commit, earliest, 500 records a poll. */
export const GENERAL_CONSUMER: ConsumerProfile = {
  batchMax: 500,
  global: { ...CONSUMER, 'session.timeout.ms': 6_000 },
  topic: { 'auto.offset.reset': 'earliest' },
};

/** S19, the realtime consumer: manual commit, latest, 100 records a poll, session 10 s. */
export const REALTIME_CONSUMER: ConsumerProfile = {
  batchMax: 100,
  global: { ...CONSUMER, 'session.timeout.ms': 10_000 },
  topic: { 'auto.offset.reset': 'latest' },
};

/** S19 as the coupon issuer needs it; see the departures. Small fetches, so that none brings seconds of one partition. */
export const ISSUER_CONSUMER: ConsumerProfile = {
  batchMax: 1_000,
  global: {
    ...REALTIME_CONSUMER.global,
    'max.partition.fetch.bytes': 131_072,
    // A partition with more than this in memory is not fetched for the time below, by default a second: that was the lag.
    'queued.min.messages': 5_000,
    'fetch.queue.backoff.ms': 20,
  },
  topic: { 'auto.offset.reset': 'earliest' },
};
