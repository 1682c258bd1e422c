/** The product's own types for its requests to brokers; no Kafka client appears in them. */

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** An offset in a partition's log. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** An offset that a group has committed. */
export interface CommittedOffset extends PartitionOffset {
  /** The identity of the topic whose log it is an offset of; null: the commit named none. */
  readonly topicId: string | null;
}

/** A number that a group without members has committed, with a text beside it. */
export interface KeptNumber {
  readonly offset: number;
  readonly metadata: string;
}

/** A record of one partition. */
export interface TimedOffset {
  readonly offset: number;
  /** ms since 1970. */
  readonly timestamp: number;
}

/** The producer id and epoch under which a producer numbers its batches. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** A record on its way to a broker. */
export interface OutRecord extends TopicPartition {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Map<Buffer, Buffer>;
  /** ms since 1970. */
  readonly timestamp: bigint;
}

/** The records that one request carries for one partition. */
export interface ProduceBatch extends TopicPartition {
  /** The sequence number of the first record. */
  readonly sequence: number;
  readonly records: readonly OutRecord[];
}

/** A leader's response to one batch. */
export interface ProduceResult {
  /** Kafka's error code; 0: all in-sync replicas have the batch. */
  readonly code: number;
  /** The offset of the first record. */
  readonly offset: number;
  /** ms since 1970 by the broker's clock; -1 where the topic takes the producer's timestamps. */
  readonly timestamp: number;
}

/** The outcome of one request. */
export interface Produced {
  readonly results: ReadonlyArray<ProduceResult | null>;
  /** Why a result is missing. */
  readonly error: unknown;
  /** How long the broker delayed the request because of a quota. */
  readonly throttledMs: number;
}

/** Where a log begins or ends, and whose log it is. */
export interface LogOffset extends PartitionOffset {
  /** See `TopicDescription.id`. */
  readonly topicId: string | null;
}

/** The leader of each partition, in the order of their numbers; null: the partition has none. */
export type Leaders = ReadonlyArray<number | null>;

/** A topic as the brokers describe it. */
export interface TopicDescription {
  /** Its identity: a topic that is deleted and created anew under its name has another one. null: the brokers report none. */
  readonly id: string | null;
  /** In the order of the partitions. */
  readonly leaders: readonly number[];
}

/** The requests of a producer. */
export interface ProducerClient {
  /** @throws when the topic does not exist or no broker answers */
  leadersOf(topic: string): Promise<Leaders>;
  /** Requests an identity that has numbered nothing yet. @throws when no broker assigns one */
  identity(): Promise<ProducerIdentity>;
  /**
   * Sends one request. Resolves to one result a batch, in their order; null: the leader did not respond, and the batch may
   * or may not be in the log. Never rejects.
   */
  produce(leader: number, identity: ProducerIdentity, batches: readonly ProduceBatch[]): Promise<Produced>;
  /** Whether the brokers permit this process to write a topic. @throws when no broker answers */
  mayWrite(topic: string): Promise<boolean>;
  close(): Promise<void>;
}

/** A topic to create. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Which edge of a log: `start` is the offset of the oldest record kept, `end` that of the next record to come. */
export type LogEdge = 'start' | 'end';

/** The requests of administration. Each rejects when the broker responds with an error or too late. */
export interface AdminClient {
  /** The ids of the live brokers. `refresh`: not from the cache, which is up to five seconds old. */
  brokers(refresh: boolean): Promise<number[]>;
  /**
   * Describes topics; without `refresh` from the cache, which is up to five seconds old.
   * @throws when a topic does not exist or one of its partitions has no leader
   */
  describeTopics(topics: readonly string[], refresh: boolean): Promise<Map<string, TopicDescription>>;
  /** The topics of these that one broker reports to clients. */
  leadersAt(broker: number, topics: readonly string[]): Promise<Map<string, Leaders>>;
  /** The identity of a topic as one broker reports it now; null: that broker reports no such topic. */
  topicIdAt(broker: number, topic: string): Promise<string | null>;
  /** Creates a topic; resolves as well where it exists already. */
  createTopic(topic: NewTopic): Promise<void>;
  deleteTopics(topics: readonly string[]): Promise<void>;
  /** Deletes a consumer group with its offsets; resolves as well where there is none. @throws while it has members */
  deleteGroup(group: string): Promise<void>;
  /** @param leader leads all the partitions */
  listOffsets(
    leader: number,
    edge: LogEdge,
    partitions: readonly TopicPartition[],
  ): Promise<PartitionOffset[]>;
  /** A partition's first record with this timestamp or a later one; null: there is none. */
  firstSince(leader: number, partition: TopicPartition, sinceMs: number): Promise<TimedOffset | null>;
  /** The id of a group's coordinator, requested from `broker`. */
  findCoordinator(broker: number, group: string): Promise<number>;
  /** Leaves out partitions for which the group has committed nothing. */
  fetchCommitted(
    coordinator: number,
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<CommittedOffset[]>;
  /** The number kept for a group on a topic's first partition; null: there is none. */
  fetchKept(coordinator: number, group: string, topic: string): Promise<KeptNumber | null>;
  /** Replaces it. The brokers take any number: no group of this name may read. */
  commitKept(coordinator: number, group: string, topic: string, kept: KeptNumber): Promise<void>;
  /** The number of a group's members as its coordinator describes it; 0 as well where there is no such group. */
  groupMembers(coordinator: number, group: string): Promise<number>;
  /** Whether an error would come back at every attempt. */
  isPermanent(error: unknown): boolean;
  close(): Promise<void>;
}
