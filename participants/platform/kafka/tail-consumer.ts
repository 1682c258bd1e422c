/**
 * Reads topics from their ends on, in no consumer group: every process receives every record from its start on.
 *
 * A group of one member would have to join, send heartbeats and be cleaned up, and `latest` resolves its position some time
 * after the assignment, so records in between would reach nobody. Here the ends are read first and consuming begins exactly
 * there: what a caller reads from a database after `positioned`, and the records that follow, leave no gap between them.
 * A topic that is recreated while it is read is read from its start: all of it is new.
 */
import type { InRecord } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { type LingerLimits, type LingerLoad, lingerMs, observeBatch } from '../batching/linger.ts';
import { retryForever } from '../batching/retry.ts';
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import { exitNow } from '../process/closing-limit.ts';
import { cpuShortage, isCpuIdle } from '../process/cpu-shortage.ts';
import type { Logger } from '../process/log.ts';
import type { TopicPartition } from './brokers.ts';
import type { ConsumerSettings } from './client-settings.ts';
import { ConsumeError, connectConsumer } from './consumer-client.ts';
import { type OffsetReader, openOffsetReader } from './offsets.ts';
import { watchTopics } from './topic-watch.ts';
import { placeOf } from './uncommitted.ts';

const READ_ENDS_WITHIN_MS = 5_000;
/** At the start only: a topic that does not come must be named, a position lost later is restored however long it takes. */
const POSITIONED_WITHIN_MS = 20_000;
const PAUSE_AFTER_FAILURE_MS = 100;
const EX_SOFTWARE = 70;

export interface TailOptions {
  readonly brokers: string;
  readonly prefix?: string;
  readonly topics: readonly string[];
  readonly clientId: string;
  /** This process's own without it. */
  readonly security?: KafkaSecurity;
  readonly settings: ConsumerSettings;
  /** How long records may linger before they are taken. */
  readonly linger: LingerLimits;
  /** Handles records as they come; an exception is a defect and stops the reading. */
  readonly handle: (records: readonly InRecord[]) => void;
  /** The position is another one now: at the start, and again if it was lost or a topic recreated. */
  readonly positioned: () => void;
  /** Reading has stopped by a defect. Without it the process ends, because it would answer without what follows. */
  readonly failed?: (error: unknown) => void;
  readonly log: Logger;
}

export interface TailConsumer {
  close(): Promise<void>;
}

/**
 * Begins to read; resolves once positioned.
 * @throws when no broker answers within a minute, or the ends cannot be read within 20 s
 */
export async function consumeTail(options: TailOptions): Promise<TailConsumer> {
  const { log, settings, topics, prefix = '', failed = () => exitNow(EX_SOFTWARE) } = options;
  const fail = (error: unknown) => {
    log.error('kafka-tail-failed', { error: error instanceof Error ? error.stack : messageOf(error) });
    failed(error);
  };
  const offsets = await openOffsetReader({
    ...options,
    clientId: `${options.clientId}-ends`,
    startWithinMs: READ_ENDS_WITHIN_MS,
  });
  const consumer = await connectConsumer({
    ...options,
    // The client requires one; nothing joins it or commits to it.
    group: `${options.clientId}-tail`,
    // A lost position rejects, because callers must read what was missed from the database.
    settings: { ...settings, offsetReset: 'error' },
    onLost: () => fail(new Error('it has lost its brokers, and would not find them again')),
  }).catch(async (error) => {
    await offsets.close();
    throw error;
  });

  let closing = false;
  let isRecreated = false;
  /** The next record of each partition. */
  const next = new Map<string, number>();
  let logs: ReadonlyMap<string, string | null> = new Map();
  const watches = watchTopics({
    reader: offsets,
    ...{ topics, prefix, log },
    onReplaced(reason) {
      log.warn('kafka-tail-recreated', { reason });
      isRecreated = true;
    },
  });
  const position = async (withinMs: number) => {
    const latest = performance.now() + withinMs;
    const found = await retryForever(
      () => readLogs(offsets, options),
      () => !closing && performance.now() < latest,
      log,
      'reading the ends of topics',
    );
    const isNew = (topic: string, topicId: string | null) =>
      topicId !== null && (logs.get(topic) ?? topicId) !== topicId;
    const from = found.map(({ topic, partition, start, end, topicId }) => {
      const place = placeOf({ topic, partition });
      const before = next.get(place) ?? end;
      // Outside the log the position was lost: records were deleted before they were read, or the log was cut short.
      const offset = isNew(topic, topicId) ? start : before < start || before > end ? end : before;
      next.set(place, offset);
      return { topic, partition, offset };
    });
    consumer.assign(from);
    logs = new Map(found.map(({ topic, topicId }) => [topic, topicId]));
    watches.expect(logs);
    options.positioned();
  };

  const run = async () => {
    let load: LingerLoad = { perSecond: 0, at: performance.now() };
    while (!closing) {
      let isFull = false;
      try {
        if (isRecreated) {
          isRecreated = false;
          await position(Number.POSITIVE_INFINITY);
        }
        const records = await consumer.consume(settings.batchMax, isCpuIdle());
        isFull = records.length >= settings.batchMax;
        load = observeBatch(load, records.length, performance.now());
        if (records.length > 0) options.handle(records);
        for (const record of records) next.set(placeOf(record), record.offset + 1);
      } catch (error) {
        if (!(error instanceof ConsumeError)) throw error;
        log.throttled('kafka-tail', 'kafka-consume-failed', { error: error.message });
        if (error.isOutOfRange) await position(Number.POSITIVE_INFINITY);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
      }
      // After a full batch more records are waiting already; lingering would only delay them.
      const pause = isFull ? 0 : lingerMs(load, options.linger, cpuShortage());
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };

  const close = async () => {
    await consumer.close();
    await watches.close();
    await offsets.close();
  };

  try {
    await position(POSITIONED_WITHIN_MS);
  } catch (error) {
    await close();
    throw error;
  }
  const running = run().catch((error) => {
    if (!closing) fail(error);
  });
  return {
    async close() {
      closing = true;
      await running;
      await close();
    },
  };
}

interface TailLog extends TopicPartition {
  readonly start: number;
  readonly end: number;
  readonly topicId: string | null;
}

/** Where the log of each partition starts and ends, by its topic's name without the prefix. */
async function readLogs(
  offsets: OffsetReader,
  { prefix = '', topics }: Pick<TailOptions, 'prefix' | 'topics'>,
): Promise<TailLog[]> {
  const names = topics.map((topic) => prefix + topic);
  // It refreshes what the client caches of the topics: their ids belong to the offsets that follow.
  const partitions = await offsets.partitionsOf(names, READ_ENDS_WITHIN_MS);
  const starts = await offsets.logOffsets('start', partitions, READ_ENDS_WITHIN_MS);
  const startOf = new Map(starts.map((one) => [placeOf(one), one.offset]));
  const ends = await offsets.logOffsets('end', partitions, READ_ENDS_WITHIN_MS);
  return ends.map(({ topic, partition, offset, topicId }) => ({
    ...{ topic: topic.slice(prefix.length), partition, topicId },
    start: startOf.get(placeOf({ topic, partition })) ?? offset,
    end: offset,
  }));
}
