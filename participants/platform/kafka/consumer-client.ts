/**
 * Consuming on @confluentinc/kafka-javascript (librdkafka); no other file imports the package.
 *
 * librdkafka's group membership and fetching have been in production for years, and run beside the event loop. The raw
 * `consume(n)` is used, in loops of our own: the package's KafkaJS-style runner lost messages when a handler outlasted the
 * rebalance timeout (confluent-kafka-javascript issue 528). Producing and administration: see broker-client.ts.
 */
import { isUtf8 } from 'node:buffer';
import kafka from '@confluentinc/kafka-javascript';
import type { InRecord } from '#protocol/envelope.ts';
import { type KafkaSecurity, kafkaSecurity } from '../connections/kafka-security.ts';
import { type Logger, silent } from '../process/log.ts';
import { openAdminClient } from './broker-client.ts';
import type { PartitionOffset, TopicPartition } from './brokers.ts';
import { consumingSecurity, followPassword } from './client-security.ts';
import type { ConsumerSettings } from './client-settings.ts';
import { watchForLoss } from './lost-brokers.ts';

/** How long `consume` waits for a first record. */
const CONSUME_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 60_000;
const ERR_ASSIGN_PARTITIONS = -175;
const ERR_AUTO_OFFSET_RESET = -140;
/** Long: a loaded cluster with many topics answers late, and is not lost. */
const METADATA_TIMEOUT_MS = 5_000;

const SHARED = {
  'enable.auto.commit': false,
  'enable.auto.offset.store': false,
  // Only range assigns one member the same partition number of every topic.
  'partition.assignment.strategy': 'range',
  'heartbeat.interval.ms': 500,
  'max.poll.interval.ms': 60_000,
  'fetch.wait.max.ms': 500,
  // Memory: the default is 64 MB a consumer.
  'queued.max.messages.kbytes': 16_384,
  // A partition with more records in memory is not fetched.
  'queued.min.messages': 5_000,
  'socket.nagle.disable': true,
  'allow.auto.create.topics': false,
  'reconnect.backoff.max.ms': 1_000,
  // After a failover the client soon learns of new brokers and a new controller.
  'topic.metadata.refresh.interval.ms': 30_000,
} as const;

/** A partition assigned by the group; the group's committed offset decides where it begins unless `offset` does. */
export type Assignment = TopicPartition & { readonly offset?: number };

/** A consumer. Topic and group names are without prefix. */
export interface ConsumerClient {
  /**
   * The next records, at most `max`; none after 100 ms without any. Group callbacks and heartbeats are served inside it.
   * @param isPrompt takes what is there with the first record and waits no millisecond for more, at the cost of another read
   * @throws ConsumeError
   */
  consume(max: number, isPrompt?: boolean): Promise<InRecord[]>;
  /** Joins the group for these topics. */
  subscribe(topics: readonly string[]): void;
  assign(partitions: readonly Assignment[]): void;
  unassign(): void;
  /** Whether another member may own the partitions already. */
  assignmentLost(): boolean;
  /** Stops fetching these partitions, all that are assigned without them; `consume` must go on being called. */
  pause(partitions?: readonly TopicPartition[]): void;
  resume(partitions?: readonly TopicPartition[]): void;
  /** The assigned partitions. */
  assignments(): TopicPartition[];
  /**
   * Sends the commit; `onCommitted` is called with the broker's response.
   * @param topicIds identities by topic, kept with the offsets (`CommittedOffset`)
   */
  commit(offsets: readonly PartitionOffset[], topicIds?: ReadonlyMap<string, string | null>): void;
  /** A log's end as the last fetch reported it; null: none did. */
  fetchedEnd(topic: string, partition: number): number | null;
  close(): Promise<void>;
}

/** A failed `consume`. */
export class ConsumeError extends Error {
  /** The position is outside the log: records were deleted before they were read, or the log is another one. */
  readonly isOutOfRange: boolean;

  constructor(cause: kafka.LibrdKafkaError) {
    super(cause.message, { cause });
    this.isOutOfRange = cause.code === ERR_AUTO_OFFSET_RESET;
  }
}

export interface ConsumerClientOptions {
  readonly brokers: string;
  /** Put in front of group and topic names. */
  readonly prefix?: string;
  readonly group: string;
  readonly clientId: string;
  /** This process's own without it. */
  readonly security?: KafkaSecurity;
  readonly settings: Omit<ConsumerSettings, 'offsetReset'> & {
    /** `error`: an offset outside the log rejects `consume`. */
    readonly offsetReset: ConsumerSettings['offsetReset'] | 'error';
  };
  readonly withHeaders?: boolean;
  /** The group assigned partitions, maybe none. They are read once `assign` is called. */
  readonly onAssigned?: (partitions: readonly TopicPartition[]) => void;
  /** The group revokes all partitions, and waits until `unassign` is called. */
  readonly onRevoked?: () => void;
  /** The consumer will never read again, though brokers are up: it must be replaced (lost-brokers.ts). */
  readonly onLost: () => void;
  /** null: the broker took the commit. */
  readonly onCommitted?: (error: { readonly message: string; readonly code: number } | null) => void;
  readonly log: Logger;
}

/** What the client has and its type declarations lack. */
interface Undeclared {
  assignmentLost(): boolean;
  setDefaultIsTimeoutOnlyForFirstMessage(only: boolean): void;
}

/** Connects a consumer. @throws when no broker answers within a minute, or they refuse it: with the setting to correct */
export async function connectConsumer(options: ConsumerClientOptions): Promise<ConsumerClient> {
  const { prefix = '', onAssigned, onRevoked, log, security = kafkaSecurity() } = options;
  // librdkafka reports nothing while it connects: the other client says why brokers refuse it.
  if (security.tls !== null || security.sasl !== null) await signIn(options, security);
  const prefixed = <T extends { readonly topic: string }>(places: readonly T[]) =>
    places.map((place) => ({ ...place, topic: prefix + place.topic }));
  const consumer = new kafka.KafkaConsumer(
    {
      ...globalSettings(options),
      ...consumingSecurity(security),
      ...(onAssigned !== undefined && {
        rebalance_cb: (error: kafka.LibrdKafkaError, partitions: kafka.Assignment[]) => {
          if (error.code !== ERR_ASSIGN_PARTITIONS) return onRevoked?.();
          onAssigned(
            partitions.map(({ topic, partition }) => ({ topic: topic.slice(prefix.length), partition })),
          );
        },
      }),
      ...(options.onCommitted !== undefined && {
        offset_commit_cb: (error: kafka.LibrdKafkaError | null) => options.onCommitted?.(error ?? null),
      }),
    },
    { 'auto.offset.reset': options.settings.offsetReset },
  ) as kafka.KafkaConsumer & Undeclared;
  const loss = watchForLoss({
    isConnected: () =>
      new Promise((resolve) => {
        consumer.getMetadata({ timeout: METADATA_TIMEOUT_MS }, (error) => resolve(!error));
      }),
    areUp: () => namesBrokers(options),
    onLost: options.onLost,
  });
  consumer.on('event.error', (error) => {
    log.throttled('kafka-consumer', 'kafka-consumer-error', { error: error.message });
    // The event has no code: most are lost connections.
    loss.suspect();
  });
  await new Promise<void>((resolve, reject) => {
    consumer.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve()));
  });
  const password = followPassword(security, (user, text) => consumer.setSaslCredentials(user, text));
  // The library waits a millisecond for each further message, unless the time-out counts for all and is 0.
  const read = (max: number, timeoutMs: number) =>
    new Promise<InRecord[]>((resolve, reject) => {
      consumer.setDefaultConsumeTimeout(timeoutMs);
      consumer.setDefaultIsTimeoutOnlyForFirstMessage(timeoutMs > 0);
      consumer.consume(max, (error, messages) => {
        if (error) return reject(new ConsumeError(error));
        resolve(messages.map((message) => toRecord(message, prefix, options.withHeaders === true)));
      });
    });
  /** Failed after a first record: the next call throws it. */
  let failure: unknown = null;

  return {
    async consume(max, isPrompt = false) {
      if (failure !== null) {
        const error = failure;
        failure = null;
        throw error;
      }
      const first = await read(isPrompt ? 1 : max, CONSUME_TIMEOUT_MS);
      if (!isPrompt || max === 1 || first.length === 0) return first;
      const more = await read(max - 1, 0).catch((error: unknown) => {
        failure = error;
        return [];
      });
      return [...first, ...more];
    },
    subscribe: (topics) => void consumer.subscribe(topics.map((topic) => prefix + topic)),
    assign: (partitions) => void consumer.assign(prefixed(partitions)),
    unassign: () => void consumer.unassign(),
    assignmentLost: () => consumer.assignmentLost(),
    pause: (some) => void consumer.pause(some === undefined ? consumer.assignments() : prefixed(some)),
    resume: (some) => void consumer.resume(some === undefined ? consumer.assignments() : prefixed(some)),
    assignments: () =>
      consumer
        .assignments()
        .map(({ topic, partition }) => ({ topic: topic.slice(prefix.length), partition })),
    commit(offsets, topicIds) {
      const withIds = offsets.map((one) => {
        const metadata = topicIds?.get(one.topic) ?? null;
        return metadata === null ? one : { ...one, metadata };
      });
      consumer.commit(prefixed(withIds));
    },
    fetchedEnd(topic, partition) {
      try {
        const { highOffset } = consumer.getWatermarkOffsets(prefix + topic, partition);
        return highOffset >= 0 ? highOffset : null;
      } catch {
        return null;
      }
    },
    close() {
      password.close();
      loss.close();
      return new Promise((resolve) => consumer.disconnect(() => resolve()));
    },
  };
}

/** Waits until the brokers accept this process. */
async function signIn(
  { brokers, clientId, log }: ConsumerClientOptions,
  security: KafkaSecurity,
): Promise<void> {
  const client = await openAdminClient({ brokers, clientId: `${clientId}-check`, security, log });
  await client.close();
}

/** Whether the brokers answer a new client, and name at least one. */
async function namesBrokers({ brokers, clientId, security }: ConsumerClientOptions): Promise<boolean> {
  try {
    const client = await openAdminClient({
      brokers,
      clientId: `${clientId}-check`,
      ...(security !== undefined && { security }),
      log: silent,
      startWithinMs: METADATA_TIMEOUT_MS,
      requestTimeoutMs: METADATA_TIMEOUT_MS,
    });
    try {
      return (await client.brokers(true)).length > 0;
    } finally {
      await client.close();
    }
  } catch {
    return false;
  }
}

function globalSettings({ brokers, prefix = '', group, clientId, settings }: ConsumerClientOptions) {
  return {
    ...SHARED,
    'session.timeout.ms': settings.sessionTimeoutMs,
    ...(settings.partitionFetchMaxBytes !== undefined && {
      'max.partition.fetch.bytes': settings.partitionFetchMaxBytes,
    }),
    ...(settings.fetchBackoffMs !== undefined && { 'fetch.queue.backoff.ms': settings.fetchBackoffMs }),
    'metadata.broker.list': brokers,
    'group.id': prefix + group,
    'client.id': clientId,
  };
}

/** @param prefix taken off the topic's name */
function toRecord(message: kafka.Message, prefix: string, withHeaders: boolean): InRecord {
  return {
    ...(withHeaders && { headers: headersOf(message) }),
    topic: prefix === '' ? message.topic : message.topic.slice(prefix.length),
    partition: message.partition,
    offset: message.offset,
    ...keyOf(message.key ?? null),
    value: message.value,
    timestamp: message.timestamp ?? 0,
  };
}

function keyOf(key: kafka.Message['key'] | null): Pick<InRecord, 'key' | 'keyBytes'> {
  if (key === null || key === undefined || typeof key === 'string') return { key: key ?? null };
  return { key: key.toString(), ...(!isUtf8(key) && { keyBytes: key }) };
}

function headersOf({ headers = [] }: kafka.Message): Record<string, string> {
  return Object.fromEntries(
    headers.flatMap((header) => Object.entries(header).map(([name, text]) => [name, String(text)] as const)),
  );
}
