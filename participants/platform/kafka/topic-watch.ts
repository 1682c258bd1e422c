/**
 * Notices that a topic was recreated while it is read. The client does not: it may go on at its old offset in the new log, and
 * skip what that holds before.
 *
 * The clock notices it where nothing is read. Records are handled only once the brokers have confirmed the topic's
 * identity, in answer to a request sent after the records were read: none can then be taken for a record of another log.
 */
import { retryForever } from '../batching/retry.ts';
import type { Logger } from '../process/log.ts';
import type { HandledBatch, HandleRecords } from './batch-loop.ts';
import type { OffsetReader } from './offsets.ts';

const EVERY_MS = 2_000;
const WITHIN_MS = 5_000;

export interface TopicWatch {
  /** The identity of the topic that is read from now on; null: unknown. */
  expect(topicId: string | null): void;
  /**
   * Sends a request, and resolves to true once the brokers have confirmed the identity; to false when another assignment began
   * meanwhile, or the watch was closed. Not at all where the topic is another one: `onReplaced` is called.
   */
  confirm(): Promise<boolean>;
  close(): Promise<void>;
}

export interface WatchParts {
  readonly reader: Pick<OffsetReader, 'topicIds'>;
  readonly topic: string;
  /** Called once. */
  readonly onReplaced: (reason: string) => void;
  readonly log: Logger;
  readonly everyMs?: number;
}

/** Compares the topic's identity every two seconds, and on request. The brokers' silence means nothing, and confirms nothing. */
export function watchTopic({ reader, topic, onReplaced, log, everyMs = EVERY_MS }: WatchParts): TopicWatch {
  let expected: string | null = null;
  /** Counts what was expected: an identity may be expected again. */
  let expectations = 0;
  let isReplaced = false;
  let isClosed = false;
  let running: Promise<unknown> | null = null;

  /** Whether the brokers report the identity that is expected, and none reports another. */
  const isExpected = async (): Promise<boolean> => {
    if (isReplaced) return false;
    const [before, nth] = [expected, expectations];
    if (before === null) return true;
    const present = await reader.topicIds(topic, WITHIN_MS);
    // An assignment may have begun meanwhile, which has read the identity itself.
    if (nth !== expectations || isReplaced) return false;
    const other = present.find((one) => one !== null && one !== before);
    if (other === undefined) return !present.includes(null);
    isReplaced = true;
    onReplaced(`${topic} was ${before}, and is ${other}`);
    return false;
  };

  const timer = setInterval(() => {
    running ??= isExpected()
      .catch(() => false)
      .finally(() => {
        running = null;
      });
  }, everyMs);

  return {
    expect(topicId) {
      expected = topicId;
      expectations += 1;
      isReplaced = false;
    },
    confirm() {
      const nth = expectations;
      const confirm = async () => {
        const isConfirmed = nth === expectations && !isClosed && (await isExpected());
        if (nth !== expectations || isClosed) return false;
        if (isConfirmed) return true;
        throw new Error('they report no such topic, or another one');
      };
      return retryForever(confirm, () => true, log, `confirming the identity of ${topic}`);
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}

const LEFT: HandledBatch = { published: Promise.resolve() };

/** Handles records once their log is confirmed, and leaves those of an assignment that has ended to its partitions' next owner. */
export function handleConfirmed(handle: HandleRecords, watch: Pick<TopicWatch, 'confirm'>): HandleRecords {
  return async (records) => ((await watch.confirm()) ? handle(records) : LEFT);
}

/** The watches over all topics of a consumer. */
export interface TopicWatches {
  /** @param topicIds of the topics that are read from now on, by name without the prefix; null: unknown */
  expect(topicIds: ReadonlyMap<string, string | null>): void;
  /** Handles a batch as `handleConfirmed` does; only topics that it has records of are confirmed. */
  handleConfirmed(handle: HandleRecords): HandleRecords;
  close(): Promise<void>;
}

/** @param topics by their names without the prefix, as records bear them; the brokers know them with it */
export function watchTopics({
  topics,
  prefix,
  ...parts
}: Omit<WatchParts, 'topic'> & {
  readonly topics: readonly string[];
  readonly prefix: string;
}): TopicWatches {
  const watches = new Map(topics.map((name) => [name, watchTopic({ ...parts, topic: prefix + name })]));
  return {
    expect(topicIds) {
      for (const [name, watch] of watches) watch.expect(topicIds.get(name) ?? null);
    },
    handleConfirmed: (handle) => async (records) => {
      const names = new Set(records.map(({ topic }) => topic));
      const confirming = [...watches].flatMap(([name, watch]) => (names.has(name) ? [watch.confirm()] : []));
      return (await Promise.all(confirming)).includes(false) ? LEFT : handle(records);
    },
    async close() {
      await Promise.all([...watches.values()].map((watch) => watch.close()));
    },
  };
}
