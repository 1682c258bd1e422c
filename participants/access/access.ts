/**
 * Who may do what: for each process the topics it reads and writes, its consumer group, its PostgreSQL schema and its keys in
 * Redis. A cluster's ACLs, a server's roles and Redis's users are generated from this list, and nothing else is permitted.
 *
 * A reply's topic has one writer, its participant, and the engine takes a reply from its own topic only: so nobody but
 * payment can say `payment.charged`. The participants share `saga-replies`: there a signature says who wrote a record
 * (`#protocol/reply-signature.ts`).
 */
import type { Contract } from '#protocol/contract.ts';
import { ORDER_EVENTS } from '#protocol/order-events.ts';
import {
  CHANNELS,
  CLOCK,
  DEAD_LETTERS,
  EVENT_READERS,
  SAGA_CONTROL,
  SAGA_INPUTS,
  SAGA_REPLIES,
  TOPICS,
} from '#protocol/topics.ts';
import { CONTRACTS, PARTICIPANTS } from '../registry.ts';

/** What one process may do. Its name is its principal, its role and its user. */
export interface ProcessAccess {
  readonly process: string;
  /** Topics, without prefix. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Topics whose ends it measures. */
  readonly describes: readonly string[];
  /** Consumer groups it joins. */
  readonly groups: readonly string[];
  /** Consumer groups whose positions it measures. */
  readonly describesGroups: readonly string[];
  /** The PostgreSQL schema whose rows it reads and writes; `every`: all schemas, reading only. */
  readonly schema: string | 'every' | null;
  /** Whether it creates the month partitions of that schema, and so owns its partitioned tables. */
  readonly keepsPartitions: boolean;
  /** Whether it takes months off every schema and erases customers there: it is a member of the roles that own the tables. */
  readonly dropsMonths: boolean;
  /** What it does with backends' keys and ended tokens. */
  readonly identity: 'reads' | 'writes' | null;
  /** The pattern of its keys in Redis. */
  readonly redisKeys: string | null;
}

const NOTHING = {
  reads: [],
  writes: [],
  describes: [],
  groups: [],
  describesGroups: [],
  schema: null,
  keepsPartitions: false,
  dropsMonths: false,
  identity: null,
  redisKeys: null,
} as const;

/** Every process compares its clock, and parks what it cannot read. */
const CONSUMER_WRITES = [CLOCK, DEAD_LETTERS];
const ENGINE_GROUP = 'engine';
const unique = (names: readonly string[]) => [...new Set(names)];

const replyTopics = (contract: Contract) => Object.values(contract.replies).map(({ topic }) => topic);

/** Beside its replies: redemption publishes every use of a coupon. */
const EVENTS_OF: Readonly<Record<string, readonly string[]>> = { coupon: ['coupon-usage'] };
/** Of the services without commands. */
const WRITES_OF: Readonly<Record<string, readonly string[]>> = {
  notification: CONSUMER_WRITES,
  'coupon-issuer': [...CONSUMER_WRITES, 'coupon-issued', 'coupon-failed', 'coupon-inventory'],
  coupons: [CLOCK, 'coupon-request'],
};
const READS_OF: Readonly<Record<string, readonly string[]>> = {
  coupons: ['coupon-issued', 'coupon-failed'],
};
/** A reader of a topic's end joins no group, and names one all the same: librdkafka requires that. */
const GROUPS_OF: Readonly<Record<string, readonly string[]>> = { coupons: ['coupons-tail'] };
const REDIS_KEYS: Readonly<Record<string, string>> = {
  notification: 'processed*',
  'coupon-issuer': 'coupon:*',
  coupons: 'coupon:*',
};

function participant({ name, contract, schema, group }: (typeof PARTICIPANTS)[number]): ProcessAccess {
  const readsEvents = EVENT_READERS.find((reader) => reader.group === name)?.topics ?? READS_OF[name] ?? [];
  return {
    ...NOTHING,
    process: name,
    reads: contract === null ? readsEvents : [contract.channel],
    writes:
      contract === null
        ? (WRITES_OF[name] ?? [])
        : unique([...replyTopics(contract), SAGA_REPLIES, ...(EVENTS_OF[name] ?? []), ...CONSUMER_WRITES]),
    groups: group === null ? (GROUPS_OF[name] ?? []) : [group],
    schema,
    keepsPartitions: contract !== null || name === 'notification',
    identity: name === 'coupons' ? 'reads' : null,
    redisKeys: REDIS_KEYS[name] ?? null,
  };
}

const engine: ProcessAccess = {
  ...NOTHING,
  process: 'engine',
  reads: unique([
    ORDER_EVENTS['order.created'].topic,
    SAGA_CONTROL,
    SAGA_REPLIES,
    ...CONTRACTS.flatMap(replyTopics),
  ]),
  // The sweeper starts an order whose event was lost.
  writes: unique([
    ...Object.values(CHANNELS),
    ...Object.values(ORDER_EVENTS).map(({ topic }) => topic),
    SAGA_CONTROL,
    ...CONSUMER_WRITES,
  ]),
  describes: EVENT_READERS.flatMap(({ topics }) => topics),
  groups: [ENGINE_GROUP],
  describesGroups: unique([...CONTRACTS.map(({ name }) => name), ...EVENT_READERS.map(({ group }) => group)]),
  schema: 'orchestrator',
  keepsPartitions: true,
};

const api: ProcessAccess = {
  ...NOTHING,
  process: 'api',
  reads: [DEAD_LETTERS],
  writes: [ORDER_EVENTS['order.created'].topic, SAGA_CONTROL, SAGA_INPUTS, CLOCK],
  // It says of a saga what is before it in the queues, and who reads them.
  describes: unique([...engine.reads, ...Object.values(CHANNELS)]),
  groups: ['dead-letters'],
  describesGroups: [ENGINE_GROUP, ...CONTRACTS.map(({ name }) => name)],
  schema: 'orchestrator',
  identity: 'writes',
};

/** The auditor reads every schema, and no topic. */
const auditor: ProcessAccess = { ...NOTHING, process: 'auditor', schema: 'every' };

const retention: ProcessAccess = { ...NOTHING, process: 'retention', schema: 'every', dropsMonths: true };

/** Every process that connects to Kafka, PostgreSQL or Redis. */
export const ACCESS: readonly ProcessAccess[] = [
  engine,
  api,
  auditor,
  retention,
  ...PARTICIPANTS.map(participant),
];

/** Whether a process beats: it compares the age of its database with Kafka's logs, and notes it there. */
export function beats({ writes }: ProcessAccess): boolean {
  return writes.includes(CLOCK);
}

/** The job that creates topics: it neither reads nor writes them. */
export const SET_UP = 'set-up';

/** The autoscaler: it measures how far the groups that it scales are behind, and reads no record. */
export const SCALER = 'scaler';
/** The processes of which it may start several: those whose consumer group shares its partitions out. */
export const SCALED: readonly ProcessAccess[] = [
  engine,
  ...PARTICIPANTS.filter(({ group }) => group !== null).map(participant),
];

/** The exporter of PostgreSQL's metrics: it sees statistics, and no row. */
export const POSTGRES_EXPORTER = 'postgres-exporter';
/** The exporter of Redis's metrics: it sees INFO, and no key. */
export const REDIS_EXPORTER = 'redis-exporter';

/** The access of a process by its name, or by that of one of several: `engine-2`. */
export function accessOf(process: string): ProcessAccess | undefined {
  return ACCESS.find((access) => access.process === process.replace(/-\d+$/, ''));
}

/** The owner of every schema and of the tables that no process may change: migrations run as it, and no process. */
export const OWNER = 'saga_owner';

/** Every topic's name. */
export const EVERY_TOPIC: readonly string[] = TOPICS.map(({ name }) => name);
