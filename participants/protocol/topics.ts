/** Every topic of the product, with its settings and where they come from (requirements S1, S2; design §3). */
import { SAGA_PARTITIONS } from './ids.ts';

const DAY_MS = 86_400_000;

/** A topic as set-up creates it. Replication 3 and min in-sync 2 hold where there are brokers enough. */
export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly compression: 'lz4' | 'snappy';
  /** What the record key is. */
  readonly key: 'order id' | 'user id' | 'campaign id' | 'none';
  /** S1, S2: as the owner specified; added: what an orchestrator needs beside them. */
  readonly source: 'S1' | 'S2' | 'added';
  /** Kafka settings beyond the common ones. */
  readonly config?: Readonly<Record<string, string>>;
}

const order = (name: string, source: 'S1' | 'added' = 'S1'): Topic => ({
  name,
  partitions: SAGA_PARTITIONS,
  retentionMs: 7 * DAY_MS,
  compression: 'lz4',
  key: 'order id',
  source,
});

const coupon = (name: string, key: Topic['key'] = 'user id', config?: Topic['config']): Topic => ({
  name,
  partitions: 6,
  retentionMs: DAY_MS,
  compression: 'snappy',
  key,
  source: 'S2',
  ...(config && { config }),
});

/** The topic what cannot be read or handled is parked in, with its bytes. */
export const DEAD_LETTERS = 'dead-letters';
/** Timers and people's actions, keyed by saga id. */
export const SAGA_CONTROL = 'saga-control';
/** Replies that have no topic of their own, and notices. */
export const SAGA_REPLIES = 'saga-replies';

/** Where processes ask the brokers the time; nobody reads it. */
export const CLOCK = 'clock';

/** The thirteen topics of S1 and S2, then the added ones. */
export const TOPICS: readonly Topic[] = [
  order('order-created'),
  order('payment-requested'),
  order('payment-completed'),
  order('inventory-reserved'),
  order('inventory-confirmed'),
  order('shipping-prepared'),
  order('order-completed'),
  order('order-failed'),
  // Acceptance is judged on the broker's own clock (design §7).
  coupon('coupon-request', 'user id', { 'message.timestamp.type': 'LogAppendTime' }),
  coupon('coupon-issued'),
  coupon('coupon-failed'),
  coupon('coupon-usage'),
  coupon('coupon-inventory', 'campaign id'),
  order('inventory-requested', 'added'),
  order('shipping-requested', 'added'),
  order('coupon-redemption-requested', 'added'),
  order(SAGA_REPLIES, 'added'),
  order(SAGA_CONTROL, 'added'),
  {
    name: CLOCK,
    partitions: 1,
    retentionMs: DAY_MS,
    compression: 'lz4',
    key: 'none',
    source: 'added',
    config: { 'message.timestamp.type': 'LogAppendTime' },
  },
  {
    name: DEAD_LETTERS,
    partitions: 1,
    retentionMs: 30 * DAY_MS,
    compression: 'lz4',
    key: 'none',
    source: 'added',
    // A record as large as a broker takes is parked with its story beside it.
    config: { 'max.message.bytes': '2097152' },
  },
];
