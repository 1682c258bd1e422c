/**
 * The brokers as a producer sees them, through Platformatic's client: who leads what, under whose numbers to send, and one
 * request a broker with all its partitions in it.
 *
 * librdkafka, which the consumers use, puts one partition into a request: a group of coupon requests became five of them,
 * each handed round six threads.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Producer as Client,
  type Connection,
  type MessageRecord,
  type metadataV12,
  NumericMap,
  produceV9,
  ResponseError,
} from '@platformatic/kafka';
import { messageOf } from '#protocol/errors.ts';
import type { Logger } from '../process/log.ts';
import type { ProducerProfile } from './client-settings.ts';
import type { Identity } from './partition-queue.ts';

const RETRY_MS = 250;
/** So long a process that starts waits for the brokers. */
const START_WITHIN_MS = 60_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** So long a broker may take to have a batch in all in-sync replicas. */
const ACK_TIMEOUT_MS = 4_000;
/** So long an answer may take: then the connection is given up, and another broker asked who leads. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Each try begins with another broker. */
const METADATA_RETRIES = 2;
const ALL_IN_SYNC = -1;

/** A message as it goes to a broker; `timestamp` in ms since 1970. */
export type Outgoing = MessageRecord & { readonly timestamp: bigint };

/** A batch for one partition. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  /** The number of its first message. */
  readonly sequence: number;
  readonly records: readonly Outgoing[];
}

/** What a broker says of a batch. */
export interface Answer {
  /** Kafka's error code; 0: all in-sync replicas have it. */
  readonly code: number;
  /** Of its first message. */
  readonly offset: number;
  /** ms since 1970, by the broker's clock; -1 where the topic's clock is the producer's. */
  readonly timestamp: number;
}

/** What a producer asks of the brokers. */
export interface Brokers {
  /** Who leads each of a topic's partitions; null: nobody does. @throws when no broker says */
  leadersOf(topic: string): Promise<ReadonlyArray<number | null>>;
  /** An identity nobody has sent anything under. @throws when no broker gives one */
  identity(): Promise<Identity>;
  /**
   * One request. Resolves to what the leader says of each batch, in their order; null: nothing, and it is not known whether
   * the batch is in the log. Never rejects.
   */
  produce(
    leader: number,
    identity: Identity,
    batches: readonly Batch[],
  ): Promise<{ answers: ReadonlyArray<Answer | null>; error: unknown }>;
  close(): Promise<void>;
}

/**
 * Connects to the brokers.
 * @throws when none answers within a minute
 */
export async function connectBrokers(options: {
  brokers: string;
  clientId: string;
  profile: ProducerProfile;
  log: Logger;
}): Promise<Brokers> {
  const client = new Client({
    clientId: options.clientId,
    bootstrapBrokers: options.brokers.split(',').map((broker) => broker.trim()),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retries: METADATA_RETRIES,
    retryDelay: RETRY_MS,
  });
  // A connection that fails tells each of its requests; without a listener it would end the process.
  client.connections.on('connecting', ({ connection }) => connection.on('error', () => {}));
  await untilOneAnswers(client, options.log);

  const connections = new Map<number, Connection>();
  const connectionTo = async (leader: number): Promise<Connection> => {
    const known = connections.get(leader);
    if (known?.isConnected()) return known;
    const made = (await client.connectToBrokers([leader])).get(leader);
    if (made === undefined) throw new Error(`broker ${leader} is not there`);
    connections.set(leader, made);
    return made;
  };

  return {
    async leadersOf(topic) {
      const leaders = await client.metadata({ topics: [topic], forceUpdate: true }).then(
        ({ topics }) => topics.get(topic)?.partitions.map(({ leader }) => leader) ?? [],
        (error) => leadersTold(error, topic),
      );
      if (leaders.length === 0) throw new Error(`there is no topic ${topic}`);
      return leaders.map((leader) => (leader < 0 ? null : leader));
    },
    identity: () => client.initIdempotentProducer({}),
    async produce(leader, identity, batches) {
      const sequences = new NumericMap();
      for (const batch of batches) sequences.set(placeOf(batch.topic, batch.partition), batch.sequence);
      const records = batches.flatMap((batch) => batch.records);
      const how = { ...identity, sequences, compression: options.profile.compression };
      try {
        const connection = await connectionTo(leader);
        const response = await produceV9.api.async(connection, ALL_IN_SYNC, ACK_TIMEOUT_MS, records, how);
        return { answers: answersOf(response, batches), error: null };
      } catch (error) {
        // Some partitions' batches were taken and others not: each has its own code.
        const response = error instanceof ResponseError ? error['response'] : null;
        return { answers: answersOf(response, batches), error };
      }
    },
    close: () => client.close(),
  };
}

function answersOf(
  response: produceV9.ProduceResponse | boolean | null,
  batches: readonly Batch[],
): Array<Answer | null> {
  const answers = new Map<string, Answer>();
  for (const { name, partitionResponses } of typeof response === 'object' ? (response?.responses ?? []) : [])
    for (const { index, errorCode, baseOffset, logAppendTimeMs } of partitionResponses)
      answers.set(placeOf(name, index), {
        code: errorCode,
        offset: Number(baseOffset),
        timestamp: Number(logAppendTimeMs),
      });
  return batches.map(({ topic, partition }) => answers.get(placeOf(topic, partition)) ?? null);
}

/**
 * A partition without a leader makes the client's whole answer an error, of one try or of several. What the brokers said of
 * the others stands in it.
 * @throws the error, when it holds no answer
 */
function leadersTold(error: unknown, topic: string): number[] {
  const tries = [error, ...(error instanceof AggregateError ? error.errors : [])];
  const last = tries.filter((one) => one instanceof ResponseError).at(-1);
  const response = last?.['response'] as metadataV12.MetadataResponse | undefined;
  const { partitions = [] } = response?.topics.find(({ name }) => name === topic) ?? {};
  if (partitions.length === 0) throw error;
  return partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex).map(({ leaderId }) => leaderId);
}

/** As the client names a partition. */
function placeOf(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}

/** The brokers may be starting too. */
async function untilOneAnswers(client: Client, log: Logger): Promise<void> {
  const until = performance.now() + START_WITHIN_MS;
  for (;;) {
    try {
      await client.metadata({ topics: [] });
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      log.throttled('kafka: start', 'no broker answers at KAFKA_BROKERS, trying again', {
        error: messageOf(error),
      });
      await sleep(RETRY_MS);
    }
  }
}
