/**
 * Producing and administration on @platformatic/kafka; no other file of the processes uses the package.
 *
 * It sends one request a broker with the batches of all its partitions. librdkafka sends one request a partition: a group of
 * coupon requests became five requests, each passed between six threads. librdkafka's administration crashes the process:
 * a response after its time-out fails an assertion (its issues 3663 and 4605, open). Consuming stays on librdkafka, see
 * consumer-client.ts.
 *
 * Some requests go through the package's encoders, because its methods do not suffice: its producer sends a request a call,
 * and its `listConsumerGroupOffsets` searches for coordinators at the first bootstrap broker only, even while that one hangs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Base, Connection } from '@platformatic/kafka';
import { type KafkaSecurity, kafkaSecurity } from '../connections/kafka-security.ts';
import { whyRefused } from '../connections/why-refused.ts';
import type { Logger } from '../process/log.ts';
import { library } from './broker-library.ts';
import {
  committedIn,
  descriptionIn,
  isWritableIn,
  keptIn,
  keyOf,
  leadersIn,
  logOffsetsIn,
  type MetadataResponse,
  resultsIn,
  throttledIn,
  timedOffsetIn,
  topicIdIn,
} from './broker-responses.ts';
import type { AdminClient, LogEdge, ProducerClient, TopicPartition } from './brokers.ts';
import { producingSecurity } from './client-security.ts';
import type { ProducerSettings } from './client-settings.ts';

const {
  describeGroupsV5,
  findCoordinatorV4,
  findErrorBy,
  listOffsetsV7,
  metadataV12,
  offsetCommitV9,
  offsetFetchV8,
  produceV9,
} = library;
const { Admin: LibraryAdmin, Producer: LibraryProducer, NumericMap, ResponseError, UserError } = library;

const RETRY_MS = 250;
const START_WITHIN_MS = 60_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** How long a leader waits for the in-sync replicas. */
const ACK_TIMEOUT_MS = 4_000;
/** After this the client closes the connection, and the producer looks up the leader again. */
const PRODUCER_REQUEST_TIMEOUT_MS = 5_000;
/** Creating a topic of many partitions takes seconds on a busy machine. */
const ADMIN_REQUEST_TIMEOUT_MS = 15_000;
/** Each attempt begins with another broker. */
const METADATA_RETRIES = 2;
const ALL_IN_SYNC = -1;
const TOPIC_ALREADY_EXISTS = 36;
const GROUP_ID_NOT_FOUND = 69;
/** In FindCoordinator: the keys are names of consumer groups. */
const GROUP_KEY = 0;
/** In ListOffsets: a client sends the request, not a replica; it sees records of open transactions. */
const NO_REPLICA = -1;
const READ_UNCOMMITTED = 0;
/** In OffsetCommit: of a group without members. */
const NO_GENERATION = -1;
const NO_MEMBER = '';
/** In ListOffsets: the timestamps that stand for the edges of a log. */
const EDGES: Readonly<Record<LogEdge, bigint>> = { start: -2n, end: -1n };

export interface ClientOptions {
  /** `host:port,…` */
  readonly brokers: string;
  readonly clientId: string;
  /** This process's own without it. */
  readonly security?: KafkaSecurity;
  readonly log: Logger;
  /** How long opening may wait for a broker; a minute without it. */
  readonly startWithinMs?: number;
}

/** Connects a producer. @throws when no broker answers in time */
export async function openProducerClient(
  options: ClientOptions & { readonly settings: ProducerSettings },
): Promise<ProducerClient> {
  const client = new LibraryProducer(libraryOptions(options, PRODUCER_REQUEST_TIMEOUT_MS));
  await connect(client, options);
  const connectionTo = connectionsOf(client);
  return {
    async leadersOf(topic) {
      const leaders = await client.metadata({ topics: [topic], forceUpdate: true }).then(
        ({ topics }) => topics.get(topic)?.partitions.map(({ leader }) => leader) ?? [],
        (error) => leadersIn(lastResponse(error)).get(topic) ?? [],
      );
      if (leaders.length === 0) throw new Error(`the brokers report no topic ${topic}`);
      return leaders.map((leader) => (leader === null || leader < 0 ? null : leader));
    },
    identity: () => client.initIdempotentProducer({}),
    async produce(leader, identity, batches) {
      const sequences = new NumericMap();
      for (const batch of batches) sequences.set(keyOf(batch.topic, batch.partition), batch.sequence);
      const records = batches.flatMap((batch) => batch.records);
      const how = { ...identity, sequences, compression: options.settings.compression };
      try {
        const connection = await connectionTo(leader);
        const response = await produceV9.api.async(connection, ALL_IN_SYNC, ACK_TIMEOUT_MS, records, how);
        return { results: resultsIn(response, batches), error: null, throttledMs: throttledIn(response) };
      } catch (error) {
        // The leader may have taken some batches and rejected others: the response has a code for each.
        const response = error instanceof ResponseError ? error['response'] : null;
        return { results: resultsIn(response, batches), error, throttledMs: 0 };
      }
    },
    async mayWrite(topic) {
      const [broker] = (await client.metadata({ topics: [] })).brokers.keys();
      if (broker === undefined) throw new Error('the brokers name none of themselves');
      const connection = await connectionTo(broker);
      // A topic that this process may not see makes the whole response an error, with the topic in it.
      const response = await metadataV12.api.async(connection, [topic], false, true).catch(lastResponse);
      return isWritableIn(response, topic);
    },
    close: () => client.close(),
  };
}

/** Connects administration; a request times out after `requestTimeoutMs`, 15 s without it. @throws when no broker answers in time */
export async function openAdminClient(
  options: ClientOptions & { readonly requestTimeoutMs?: number },
): Promise<AdminClient> {
  const client = new LibraryAdmin(
    libraryOptions(options, options.requestTimeoutMs ?? ADMIN_REQUEST_TIMEOUT_MS),
  );
  await connect(client, options);
  const connectionTo = connectionsOf(client);
  return {
    async brokers(refresh) {
      return [...(await client.metadata({ topics: [], forceUpdate: refresh })).brokers.keys()];
    },
    async describeTopics(topics, refresh) {
      const found = await client.metadata({ topics: [...topics], forceUpdate: refresh });
      return new Map(topics.map((topic) => [topic, descriptionIn(found.topics.get(topic), topic)]));
    },
    async leadersAt(broker, topics) {
      const connection = await connectionTo(broker);
      // A topic that the broker does not report makes the whole response an error, with the other topics in it.
      const response = await metadataV12.api.async(connection, [...topics], false, false).catch(lastResponse);
      return leadersIn(response);
    },
    async topicIdAt(broker, topic) {
      const connection = await connectionTo(broker);
      const response = await metadataV12.api.async(connection, [topic], false, false).catch(lastResponse);
      return topicIdIn(response, topic);
    },
    async createTopic({ name, partitions, replicas, config }) {
      const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
      const creating = client.createTopics({ topics: [name], partitions, replicas, configs });
      await creating.catch(unless(TOPIC_ALREADY_EXISTS));
    },
    deleteTopics: (topics) => client.deleteTopics({ topics: [...topics] }),
    async deleteGroup(group) {
      await client.deleteGroups({ groups: [group] }).catch(unless(GROUP_ID_NOT_FOUND));
    },
    ...offsetRequests(connectionTo),
    isPermanent: (error) =>
      // The library's UserError stands for an unknown topic: a new one may still be on its way to the broker.
      error instanceof Error &&
      !(error instanceof UserError) &&
      findErrorBy(error, 'canRetry', false) !== null,
    close: () => client.close(),
  };
}

type OffsetRequests = Pick<
  AdminClient,
  | 'brokers'
  | 'listOffsets'
  | 'firstSince'
  | 'findCoordinator'
  | 'fetchCommitted'
  | 'fetchKept'
  | 'commitKept'
  | 'groupMembers'
>;

function offsetRequests(
  connectionTo: (broker: number) => Promise<Connection>,
): Omit<OffsetRequests, 'brokers'> {
  const offsetsAt = async (leader: number, timestamp: bigint, partitions: readonly TopicPartition[]) => {
    const request = byTopic(partitions).map(([name, numbers]) => ({
      name,
      partitions: numbers.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp })),
    }));
    const connection = await connectionTo(leader);
    return listOffsetsV7.api.async(connection, NO_REPLICA, READ_UNCOMMITTED, request);
  };
  return {
    listOffsets: async (leader, edge, partitions) =>
      logOffsetsIn(await offsetsAt(leader, EDGES[edge], partitions)),
    firstSince: async (leader, partition, sinceMs) =>
      timedOffsetIn(await offsetsAt(leader, BigInt(sinceMs), [partition])),
    async findCoordinator(broker, group) {
      const { coordinators } = await findCoordinatorV4.api.async(await connectionTo(broker), GROUP_KEY, [
        group,
      ]);
      const found = coordinators.find(({ key }) => key === group);
      if (found === undefined) throw new Error(`broker ${broker} named no coordinator of group ${group}`);
      return found.nodeId;
    },
    async fetchCommitted(coordinator, group, partitions) {
      const topics = byTopic(partitions).map(([name, partitionIndexes]) => ({ name, partitionIndexes }));
      const request = [{ groupId: group, memberEpoch: -1, topics }];
      const connection = await connectionTo(coordinator);
      return committedIn(await offsetFetchV8.api.async(connection, request, false));
    },
    async fetchKept(coordinator, group, topic) {
      const request = [{ groupId: group, memberEpoch: -1, topics: [{ name: topic, partitionIndexes: [0] }] }];
      return keptIn(await offsetFetchV8.api.async(await connectionTo(coordinator), request, true));
    },
    async commitKept(coordinator, group, topic, { offset, metadata }) {
      const partition = {
        partitionIndex: 0,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: metadata,
      };
      const topics = [{ name: topic, partitions: [partition] }];
      await offsetCommitV9.api.async(
        await connectionTo(coordinator),
        ...([group, NO_GENERATION, NO_MEMBER, null, topics] as const),
      );
    },
    async groupMembers(coordinator, group) {
      const connection = await connectionTo(coordinator);
      const { groups } = await describeGroupsV5.api.async(connection, [group], false);
      return groups.find(({ groupId }) => groupId === group)?.members.length ?? 0;
    },
  };
}

function libraryOptions(
  { brokers, clientId, security = kafkaSecurity() }: ClientOptions,
  requestTimeout: number,
) {
  return {
    ...producingSecurity(security, brokers),
    clientId,
    bootstrapBrokers: brokers.split(',').map((broker) => broker.trim()),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout,
    timeout: requestTimeout,
    retries: METADATA_RETRIES,
    retryDelay: RETRY_MS,
  };
}

/** Waits for a broker to answer, because the brokers may be starting as well. */
async function connect(client: Base, { log, startWithinMs = START_WITHIN_MS }: ClientOptions): Promise<void> {
  // Each request on a failed connection rejects by itself; an `error` event without a listener would end the process.
  client.connections.on('connecting', ({ connection }) => connection.on('error', () => {}));
  const until = performance.now() + startWithinMs;
  for (;;) {
    try {
      await client.metadata({ topics: [] });
      return;
    } catch (error) {
      if (performance.now() > until) {
        await client.close();
        throw new Error(whyRefused(error, 'KAFKA'), { cause: error });
      }
      const fields = { error: whyRefused(error, 'KAFKA') };
      log.throttled('kafka: start', 'kafka-brokers-away', fields);
      await sleep(RETRY_MS);
    }
  }
}

/** Connections by broker, each opened once and again after it broke. */
function connectionsOf(client: Base): (broker: number) => Promise<Connection> {
  const connections = new Map<number, Connection>();
  return async (broker) => {
    const open = connections.get(broker);
    if (open?.isConnected()) return open;
    const opened = (await client.connectToBrokers([broker])).get(broker);
    if (opened === undefined) throw new Error(`broker ${broker} is not among the live ones`);
    connections.set(broker, opened);
    return opened;
  };
}

/**
 * The brokers' response in an error: the library rejects the whole response for one topic or partition with an error code.
 * @throws the error, when no attempt had a response
 */
function lastResponse(error: unknown): MetadataResponse {
  const attempts = [error, ...(error instanceof AggregateError ? error.errors : [])];
  const last = attempts.filter((one) => one instanceof ResponseError).at(-1);
  if (last === undefined) throw error;
  return last['response'] as MetadataResponse;
}

/** Resolves where the brokers reject a request with one code. @throws any other error */
function unless(code: number): (error: unknown) => undefined {
  return (error) => {
    if (findErrorBy(error as Error, 'apiCode', code) === null) throw error;
  };
}

function byTopic(partitions: readonly TopicPartition[]): Array<[topic: string, numbers: number[]]> {
  const topics = Map.groupBy(partitions, ({ topic }) => topic);
  return [...topics].map(([topic, some]) => [topic, some.map(({ partition }) => partition)]);
}
