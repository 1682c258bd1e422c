/** Reads the brokers' responses, in the shapes into which the client library parses them. */
import type {
  CommittedOffset,
  KeptNumber,
  Leaders,
  PartitionOffset,
  ProduceBatch,
  ProduceResult,
  TimedOffset,
  TopicDescription,
} from './brokers.ts';

export interface ProduceResponse {
  readonly responses: ReadonlyArray<{
    readonly name: string;
    readonly partitionResponses: ReadonlyArray<{
      readonly index: number;
      readonly errorCode: number;
      readonly baseOffset: bigint;
      readonly logAppendTimeMs: bigint;
    }>;
  }>;
  readonly throttleTimeMs?: number;
}

export interface MetadataResponse {
  readonly topics: ReadonlyArray<{
    readonly name?: string | null | undefined;
    /** Zeros: the broker reports none. */
    readonly topicId: string;
    readonly partitions: ReadonlyArray<{ readonly partitionIndex: number; readonly leaderId: number }>;
    /** A bit for each operation that the client may do, by the protocol's number; the lowest value: not reported. */
    readonly topicAuthorizedOperations: number;
  }>;
}

export interface ListOffsetsResponse {
  readonly topics: ReadonlyArray<{
    readonly name: string;
    readonly partitions: ReadonlyArray<{
      readonly partitionIndex: number;
      readonly offset: bigint;
      readonly timestamp: bigint;
    }>;
  }>;
}

export interface OffsetFetchResponse {
  readonly groups: ReadonlyArray<{
    readonly topics: ReadonlyArray<{
      readonly name: string;
      readonly partitions: ReadonlyArray<{
        readonly partitionIndex: number;
        readonly committedOffset: bigint;
        readonly metadata?: string | null | undefined;
        readonly errorCode?: number;
      }>;
    }>;
  }>;
}

/** One result a batch; null where the response has none. (`true` stands for a request without a response.) */
export function resultsIn(
  response: ProduceResponse | boolean | null,
  batches: readonly ProduceBatch[],
): Array<ProduceResult | null> {
  const results = new Map<string, ProduceResult>();
  for (const { name, partitionResponses } of typeof response === 'object' ? (response?.responses ?? []) : [])
    for (const { index, errorCode, baseOffset, logAppendTimeMs } of partitionResponses)
      results.set(keyOf(name, index), {
        code: errorCode,
        offset: Number(baseOffset),
        timestamp: Number(logAppendTimeMs),
      });
  return batches.map(({ topic, partition }) => results.get(keyOf(topic, partition)) ?? null);
}

/** The leaders of each topic that has partitions. */
export function leadersIn({ topics }: MetadataResponse): Map<string, Leaders> {
  return new Map(
    topics
      .filter(({ partitions }) => partitions.length > 0)
      .map(({ name, partitions }) => [
        name ?? '',
        partitions
          .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
          .map(({ leaderId }) => (leaderId < 0 ? null : leaderId)),
      ]),
  );
}

export function logOffsetsIn({ topics }: ListOffsetsResponse): PartitionOffset[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map((one) => ({ topic: name, partition: one.partitionIndex, offset: Number(one.offset) })),
  );
}

/** The record of the one partition in a response; null: none was found. */
export function timedOffsetIn({ topics }: ListOffsetsResponse): TimedOffset | null {
  const found = topics[0]?.partitions[0];
  if (found === undefined || found.timestamp < 0n) return null;
  return { offset: Number(found.offset), timestamp: Number(found.timestamp) };
}

const NO_TOPIC_ID = '00000000-0000-0000-0000-000000000000';

/** A topic in the library's metadata. Where the brokers report no id, the library puts zeros or the topic's name in its place. */
export function descriptionIn(
  found: { readonly id: string; readonly partitions: ReadonlyArray<{ readonly leader: number }> } | undefined,
  topic: string,
): TopicDescription {
  const id = found === undefined || found.id === NO_TOPIC_ID || found.id === topic ? null : found.id;
  return { id, leaders: found?.partitions.map(({ leader }) => leader) ?? [] };
}

/** The identity of a topic in one broker's metadata; null: it reports no topic of that name. */
export function topicIdIn({ topics }: MetadataResponse, topic: string): string | null {
  const id = topics.find(({ name }) => name === topic)?.topicId ?? NO_TOPIC_ID;
  return id === NO_TOPIC_ID ? null : id;
}

/** A group's offsets; a negative one stands for none. */
export function committedIn({ groups }: OffsetFetchResponse): CommittedOffset[] {
  return groups
    .flatMap(({ topics }) => topics)
    .flatMap(({ name, partitions }) =>
      partitions.map((one) => ({
        topic: name,
        partition: one.partitionIndex,
        offset: Number(one.committedOffset),
        // The committing client appends a zero byte.
        topicId: one.metadata?.replace(/\0$/, '') || null,
      })),
    )
    .filter(({ offset }) => offset >= 0);
}

/** What a group committed of a single partition; null: nothing. @throws Error where the broker reports the partition's failure */
export function keptIn({ groups }: OffsetFetchResponse): KeptNumber | null {
  const one = groups[0]?.topics[0]?.partitions[0];
  if (one !== undefined && (one.errorCode ?? 0) !== 0)
    throw new Error(`error ${one.errorCode} of a partition`);
  if (one === undefined || one.committedOffset < 0n) return null;
  return { offset: Number(one.committedOffset), metadata: one.metadata ?? '' };
}

/** The client library's name of a partition. */
export function keyOf(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}

/** How long the broker delayed a produce request because of a quota, ms. */
export function throttledIn(response: ProduceResponse | boolean): number {
  return typeof response === 'object' ? (response.throttleTimeMs ?? 0) : 0;
}

const WRITE = 4;

/** Whether a client may write a topic: one that it may not even see is not reported, or without operations. */
export function isWritableIn({ topics }: MetadataResponse, topic: string): boolean {
  const operations = topics.find(({ name }) => name === topic)?.topicAuthorizedOperations ?? 0;
  return (operations & (1 << WRITE)) !== 0;
}
