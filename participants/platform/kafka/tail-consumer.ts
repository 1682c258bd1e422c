/**
 * Reads topics from their ends on, in no consumer group: every process receives every record from its start on.
 *
 * A group of one member would have to join, send heartbeats and be cleaned up, and `latest` resolves its position some time
 * after the assignment, so records in between would reach nobody. Here the ends are read first and consuming begins exactly
 * there: what a caller reads from a database after `positioned`, and the records that follow, leave no gap between them.
 */
import type { InRecord } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { type LingerLimits, type LingerLoad, lingerMs, observeBatch } from '../batching/linger.ts';
import { retryForever } from '../batching/retry.ts';
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import { exitNow } from '../process/closing-limit.ts';
import type { Logger } from '../process/log.ts';
import type { ConsumerSettings } from './client-settings.ts';
import { ConsumeError, connectConsumer } from './consumer-client.ts';
import { openOffsetReader } from './offsets.ts';

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
  /** Reading begins at the ends, now: at the start, and again if the position was lost. */
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
  const { log, settings, prefix = '', failed = () => exitNow(EX_SOFTWARE) } = options;
  const fail = (error: unknown) => {
    log.error('kafka-tail-failed', { error: error instanceof Error ? error.stack : messageOf(error) });
    failed(error);
  };
  const consumer = await connectConsumer({
    ...options,
    // The client requires one; nothing joins it or commits to it.
    group: `${options.clientId}-tail`,
    // A lost position rejects, because callers must read what was missed from the database.
    settings: { ...settings, offsetReset: 'error' },
    onLost: () => fail(new Error('it has lost its brokers, and would not find them again')),
  });

  let closing = false;
  const position = async (withinMs: number) => {
    const latest = performance.now() + withinMs;
    const ends = await retryForever(
      () => readEnds(options),
      () => !closing && performance.now() < latest,
      log,
      'reading the ends of topics',
    );
    consumer.assign(ends.map((end) => ({ ...end, topic: end.topic.slice(prefix.length) })));
    options.positioned();
  };

  const run = async () => {
    let load: LingerLoad = { perSecond: 0, at: performance.now() };
    while (!closing) {
      let isFull = false;
      try {
        const records = await consumer.consume(settings.batchMax);
        isFull = records.length >= settings.batchMax;
        load = observeBatch(load, records.length, performance.now());
        if (records.length > 0) options.handle(records);
      } catch (error) {
        if (!(error instanceof ConsumeError)) throw error;
        log.throttled('kafka-tail', 'kafka-consume-failed', { error: error.message });
        if (error.isOutOfRange) await position(Number.POSITIVE_INFINITY);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
      }
      // After a full batch more records are waiting already; lingering would only delay them.
      const pause = isFull ? 0 : lingerMs(load, options.linger);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };

  try {
    await position(POSITIONED_WITHIN_MS);
  } catch (error) {
    await consumer.close();
    throw error;
  }
  const running = run().catch((error) => {
    if (!closing) fail(error);
  });
  return {
    async close() {
      closing = true;
      await running;
      await consumer.close();
    },
  };
}

/** The end of each partition. The connections are closed again: ends are read seldom. */
async function readEnds({ brokers, prefix = '', topics, clientId, security, log }: TailOptions) {
  const offsets = await openOffsetReader({
    brokers,
    clientId: `${clientId}-ends`,
    ...(security !== undefined && { security }),
    startWithinMs: READ_ENDS_WITHIN_MS,
    log,
  });
  try {
    const names = topics.map((topic) => prefix + topic);
    const partitions = await offsets.partitionsOf(names, READ_ENDS_WITHIN_MS);
    return await offsets.logOffsets('end', partitions, READ_ENDS_WITHIN_MS);
  } finally {
    await offsets.close();
  }
}
