/**
 * How the product's producers and consumers are set, and in one table where and why that departs from what the requirements
 * specify. They specify four clients:
 *
 * - order producer: acks=1, retries=3, batch.size=16384, linger.ms=5, lz4
 * - coupon producer: acks=all, retries=5, enable.idempotence=true (its topics are compressed with snappy)
 * - general consumer: manual commit, auto.offset.reset=earliest, max.poll.records=500, session.timeout.ms=30000
 * - realtime consumer: manual commit, auto.offset.reset=latest, max.poll.records=100, session.timeout.ms=10000
 */

/** A setting that differs from the required one. */
export interface Departure {
  readonly of: 'order producer' | 'coupon producer' | 'general consumer' | 'realtime consumer' | 'topics';
  readonly setting: string;
  readonly required: string;
  readonly ours: string;
  /** Measured or documented, never a taste. */
  readonly why: string;
}

/** Every departure from the required settings. */
export const DEPARTURES: readonly Departure[] = [
  {
    of: 'order producer',
    setting: 'acks',
    required: '1',
    ours: 'all',
    why: 'the idempotent producer, also required, needs acks=all; with acks=1 the death of a leader loses acknowledged events',
  },
  {
    of: 'order producer',
    setting: 'retries',
    required: '3',
    ours: 'without end, in place',
    why: 'retries without end are required as well; an order takes ten hops, and giving one of them up leaves the order stuck',
  },
  {
    of: 'order producer',
    setting: 'linger.ms',
    required: '5',
    ours: '0',
    why: 'at linger 5 an idle hop takes 7.4 ms instead of 2.2 ms, and an order takes ten; callers batch records before they publish',
  },
  {
    of: 'order producer',
    setting: 'batch.size',
    required: '16384',
    ours: '900000',
    why: 'one batch a partition is in flight (partition-queue.ts), and records beyond its size wait for its acknowledgement; brokers accept 1 MB',
  },
  {
    of: 'coupon producer',
    setting: 'retries',
    required: '5',
    ours: 'without end, in place',
    why: 'a lost coupon result leaves a customer without an answer; the idempotent producer makes retries safe',
  },
  {
    of: 'general consumer',
    setting: 'session.timeout.ms',
    required: '30000',
    ours: '6000',
    why: "a killed member's partitions wait until its session ends: 34.7 s at 30 s, 10.8 s at 10 s; orders must flow again within 15 s",
  },
  {
    of: 'general consumer',
    setting: 'heartbeat.interval.ms',
    required: '3000 (default)',
    ours: '500',
    why: 'the heartbeat sets the duration of every rebalance: 0.15-0.5 s at 500, 1-2 s at 3000',
  },
  {
    of: 'realtime consumer',
    setting: 'auto.offset.reset (of the coupon issuer; the readers of results keep latest)',
    required: 'latest',
    ours: 'earliest',
    why: 'the issuer must decide requests acknowledged while no issuer runs, and latest would skip them; results matter only to clients connected now',
  },
  {
    of: 'realtime consumer',
    setting: 'max.poll.records (of the coupon issuer)',
    required: '100',
    ours: '1000',
    why: 'each batch costs one transaction: at 5,000 requests/s batches of 100 need 50 commits/s and more, and a backlog hardly shrinks',
  },
  {
    of: 'topics',
    setting: 'key of coupon-inventory',
    required: 'user id',
    ours: 'campaign id',
    why: 'a stock event concerns a campaign; keyed by user, the events of one campaign would lose their order',
  },
];

/**
 * The only difference between producers. All are idempotent with acks=all, retry without end, and send at once: the records
 * of one call make one request a broker.
 */
export interface ProducerSettings {
  readonly compression: 'lz4' | 'snappy';
}

export const ORDER_PRODUCER: ProducerSettings = { compression: 'lz4' };
export const COUPON_PRODUCER: ProducerSettings = { compression: 'snappy' };

/** How a consumer reads. All commit by hand; consumer-client.ts has the settings they share. */
export interface ConsumerSettings {
  /** The most records a poll returns. */
  readonly batchMax: number;
  readonly sessionTimeoutMs: number;
  /** Where a group without a committed offset begins. */
  readonly offsetReset: 'earliest' | 'latest';
  /** The most bytes of one partition in a fetch; the client's default without it. */
  readonly partitionFetchMaxBytes?: number;
  /** How long a partition with enough records in memory is not fetched; a second without it. */
  readonly fetchBackoffMs?: number;
}

export const GENERAL_CONSUMER: ConsumerSettings = {
  batchMax: 500,
  sessionTimeoutMs: 6_000,
  offsetReset: 'earliest',
};

export const REALTIME_CONSUMER: ConsumerSettings = {
  batchMax: 100,
  sessionTimeoutMs: 10_000,
  offsetReset: 'latest',
};

/** The realtime consumer as the coupon issuer needs it. Small fetches, so that none holds seconds of one partition. */
export const ISSUER_CONSUMER: ConsumerSettings = {
  batchMax: 1_000,
  sessionTimeoutMs: 10_000,
  offsetReset: 'earliest',
  partitionFetchMaxBytes: 131_072,
  // With the default of a second the back-off alone was the lag.
  fetchBackoffMs: 20,
};
