/** Every topic of the product, with its settings. */
import { SAGA_PARTITIONS } from './ids.ts';

const DAY_MS = 86_400_000;

/** A topic as set-up creates it. Replication 3 and min in-sync 2 hold where there are brokers enough. */
export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly compression: 'lz4' | 'snappy';
  readonly key: 'order id' | 'user id' | 'campaign id' | 'none';
  /** Its flow; operations: internal to the processes. */
  readonly flow: 'orders' | 'coupons' | 'operations';
  /** Kafka settings beyond the common ones. */
  readonly config?: Readonly<Record<string, string>>;
}

const order = (name: string): Topic => ({
  name,
  partitions: SAGA_PARTITIONS,
  retentionMs: 7 * DAY_MS,
  compression: 'lz4',
  key: 'order id',
  flow: 'orders',
});

const coupon = (name: string, key: Topic['key'] = 'user id'): Topic => ({
  name,
  partitions: 6,
  retentionMs: DAY_MS,
  compression: 'snappy',
  key,
  flow: 'coupons',
});

/** Each participant's command channel, by its contract's name. */
export const CHANNELS = {
  inventory: 'inventory-requested',
  payment: 'payment-requested',
  shipping: 'shipping-requested',
  coupon: 'coupon-redemption-requested',
} as const;

/** Keeps the records that a process could not read or handle, with their bytes. */
export const DEAD_LETTERS = 'dead-letters';
/** Carries timers and operators' actions to the engine, keyed by saga id. */
export const SAGA_CONTROL = 'saga-control';
/** Carries notices, and the replies that have no topic of their own. */
export const SAGA_REPLIES = 'saga-replies';

/**
 * What was accepted, whole: the API writes it beside each start, and only a rewind reads it. A start event says what everybody may know;
 * a database that was restored to an earlier time lacks the address and the payment method of the orders accepted since.
 */
export const SAGA_INPUTS = 'saga-inputs';

/** Processes write to it to get the brokers' time with the acknowledgement; it has no readers. */
export const CLOCK = 'clock';

/** The groups that read events, beside the engines and the participants that read their channels. */
export const EVENT_READERS: ReadonlyArray<{ readonly group: string; readonly topics: readonly string[] }> = [
  { group: 'notification', topics: ['order-completed', 'order-failed'] },
  { group: 'coupon-issuer', topics: ['coupon-request'] },
];

/** The topics that set-up creates. */
export const TOPICS: readonly Topic[] = [
  ...Object.values(CHANNELS).map(order),
  order('order-created'),
  order('payment-completed'),
  order('inventory-reserved'),
  order('inventory-confirmed'),
  order('shipping-prepared'),
  order('order-completed'),
  order('order-failed'),
  coupon('coupon-request'),
  coupon('coupon-issued'),
  coupon('coupon-failed'),
  coupon('coupon-usage'),
  coupon('coupon-inventory', 'campaign id'),
  order(SAGA_REPLIES),
  order(SAGA_CONTROL),
  { ...order(SAGA_INPUTS), flow: 'operations' },
  {
    name: CLOCK,
    partitions: 1,
    retentionMs: DAY_MS,
    compression: 'lz4',
    key: 'none',
    flow: 'operations',
  },
  {
    name: DEAD_LETTERS,
    partitions: 1,
    retentionMs: 30 * DAY_MS,
    compression: 'lz4',
    key: 'none',
    flow: 'operations',
    // The largest record a broker takes is parked with headers beside it.
    config: { 'max.message.bytes': '2097152' },
  },
];
