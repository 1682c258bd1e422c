/** Reads where logs begin and end and what groups have committed, across deaths of brokers and changes of leaders. */
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import type { Logger } from '../process/log.ts';
import { openAdminClient } from './broker-client.ts';
import type {
  AdminClient,
  CommittedOffset,
  LogEdge,
  LogOffset,
  TimedOffset,
  TopicDescription,
  TopicPartition,
} from './brokers.ts';
import { retryWithin } from './retry-within.ts';

/** Shorter than the callers' time-outs: when one broker hangs, they have time left for another one. */
const REQUEST_TIMEOUT_MS = 2_000;

/** Every method rejects when it has no answer about every partition within `withinMs`. */
export interface OffsetReader {
  /** All partitions of some topics. @throws when a topic does not exist */
  partitionsOf(topics: readonly string[], withinMs: number): Promise<TopicPartition[]>;
  /** The topic's identity now, not from the cache; null: the brokers report none. */
  topicId(topic: string, withinMs: number): Promise<string | null>;
  /**
   * The identities that the brokers report of a topic now, once more than half of them have answered; null: one reports no such
   * topic. A record that a consumer has read is in all but one of its partition's replicas at least: where the brokers are three
   * or fewer, one of those that have answered has its log, and reports its topic.
   */
  topicIds(topic: string, withinMs: number): Promise<Array<string | null>>;
  /** The start or the end of each log: one request a leader, however many partitions. */
  logOffsets(edge: LogEdge, partitions: readonly TopicPartition[], withinMs: number): Promise<LogOffset[]>;
  /** A partition's first record with this timestamp or a later one; null: there is none. */
  firstSince(partition: TopicPartition, sinceMs: number, withinMs: number): Promise<TimedOffset | null>;
  /** A group's committed offsets, without the partitions for which it has committed nothing. */
  committedOffsets(
    group: string,
    partitions: readonly TopicPartition[],
    withinMs: number,
  ): Promise<CommittedOffset[]>;
  /** The number of a group's members; 0 as well where there is no such group. */
  groupMembers(group: string, withinMs: number): Promise<number>;
  close(): Promise<void>;
}

/** @throws when no broker answers in time */
export async function openOffsetReader(options: {
  brokers: string;
  clientId: string;
  /** This process's own without it. */
  security?: KafkaSecurity;
  log: Logger;
  startWithinMs?: number;
}): Promise<OffsetReader> {
  return offsetReader(await openAdminClient({ ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS }));
}

/** The requests that a reader sends. */
export type OffsetClient = Pick<
  AdminClient,
  | 'brokers'
  | 'topicIdAt'
  | 'describeTopics'
  | 'listOffsets'
  | 'firstSince'
  | 'findCoordinator'
  | 'fetchCommitted'
  | 'groupMembers'
  | 'isPermanent'
  | 'close'
>;

/** A reader over a client, which sends single requests. */
export function offsetReader(client: OffsetClient): OffsetReader {
  const coordinators = new Map<string, number>();

  /** Another broker each attempt: one that hangs must not stop all of them. */
  const coordinatorOf = async (group: string, attempt: number): Promise<number> => {
    const cached = coordinators.get(group);
    if (cached !== undefined) return cached;
    const brokers = await client.brokers(attempt > 0);
    const coordinator = await client.findCoordinator(brokers[attempt % brokers.length] ?? -1, group);
    coordinators.set(group, coordinator);
    return coordinator;
  };

  const logOffsets = async (edge: LogEdge, partitions: readonly TopicPartition[], refresh: boolean) => {
    const topics = await client.describeTopics([...new Set(partitions.map(({ topic }) => topic))], refresh);
    const byLeader = Map.groupBy(partitions, (one) => leaderIn(topics, one));
    const lists = [...byLeader].map(([leader, some]) => client.listOffsets(leader, edge, some));
    const offsets = (await Promise.all(lists)).flat();
    if (offsets.length < partitions.length || offsets.some(({ offset }) => offset < 0))
      throw new Error('a leader left partitions out of its response');
    return offsets.map((one) => ({ ...one, topicId: topics.get(one.topic)?.id ?? null }));
  };

  const isPermanent = (error: unknown) => error instanceof NoSuchPartition || client.isPermanent(error);

  const ofCoordinator = <T>(group: string, withinMs: number, request: (coordinator: number) => Promise<T>) =>
    retryWithin(
      withinMs,
      async (attempt) => {
        try {
          return await request(await coordinatorOf(group, attempt));
        } catch (error) {
          // The coordinator may have died, or another broker may have become it.
          coordinators.delete(group);
          throw error;
        }
      },
      isPermanent,
    );

  return {
    partitionsOf: (topics, withinMs) =>
      retryWithin(
        withinMs,
        async () => {
          const described = await client.describeTopics(topics, true);
          return [...described].flatMap(([topic, { leaders }]) =>
            leaders.map((_, partition) => ({ topic, partition })),
          );
        },
        isPermanent,
      ),
    topicId: (topic, withinMs) =>
      retryWithin(
        withinMs,
        async () => (await client.describeTopics([topic], true)).get(topic)?.id ?? null,
        isPermanent,
      ),
    topicIds: (topic, withinMs) =>
      retryWithin(
        withinMs,
        async (attempt) => {
          const brokers = await client.brokers(attempt > 0);
          const requests = brokers.map((broker) => client.topicIdAt(broker, topic));
          return moreThanHalf(requests);
        },
        isPermanent,
      ),
    logOffsets: (edge, partitions, withinMs) =>
      retryWithin(withinMs, (attempt) => logOffsets(edge, partitions, attempt > 0), isPermanent),
    firstSince: (partition, sinceMs, withinMs) =>
      retryWithin(
        withinMs,
        async (attempt) => {
          const topics = await client.describeTopics([partition.topic], attempt > 0);
          return client.firstSince(leaderIn(topics, partition), partition, sinceMs);
        },
        isPermanent,
      ),
    committedOffsets: (group, partitions, withinMs) =>
      ofCoordinator(group, withinMs, (coordinator) => client.fetchCommitted(coordinator, group, partitions)),
    groupMembers: (group, withinMs) =>
      ofCoordinator(group, withinMs, (coordinator) => client.groupMembers(coordinator, group)),
    close: () => client.close(),
  };
}

/** The first results of more than half. @throws the error that leaves too few */
function moreThanHalf<T>(requests: ReadonlyArray<Promise<T>>): Promise<T[]> {
  const results: T[] = [];
  let failed = 0;
  return new Promise((resolve, reject) => {
    const settle = (error: unknown) => {
      if (results.length > requests.length / 2) resolve([...results]);
      else if (failed >= requests.length / 2) reject(error);
    };
    for (const one of requests)
      one.then(
        (result) => {
          results.push(result);
          settle(null);
        },
        (error) => {
          failed += 1;
          settle(error);
        },
      );
  });
}

/** @throws NoSuchPartition */
function leaderIn(
  topics: ReadonlyMap<string, TopicDescription>,
  { topic, partition }: TopicPartition,
): number {
  const leader = topics.get(topic)?.leaders[partition];
  if (leader === undefined) throw new NoSuchPartition(`there is no partition ${topic}/${partition}`);
  return leader;
}

class NoSuchPartition extends Error {}
