/**
 * Reads topics from their ends on, in no group: every process hears everything from the moment it begins.
 *
 * A group of one would have to be joined, kept alive and cleaned up, and `latest` resolves its position some time after
 * the assignment: what came in between would not be heard by anybody. Here the ends are asked for first and reading
 * begins exactly there, so whatever is looked up after `positioned` and whatever is read leave no gap between them.
 */
import kafka from '@confluentinc/kafka-javascript';
import type { InRecord } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { type LingerLimits, type LingerLoad, lingerMs, observeBatch } from '../batching/linger.ts';
import { retryForever } from '../batching/retry.ts';
import type { Logger } from '../process/log.ts';
import type { ConsumerProfile } from './client-settings.ts';
import { offsetsAt } from './offsets.ts';
import { toRecord } from './record.ts';

const CONSUME_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 60_000;
const ASK_TIMEOUT_MS = 5_000;
/**
 * A client that has not learnt the ends for so long is given up: one was seen that, started while the topics came into
 * being, found no broker for good, beside others that did.
 */
const POSITIONED_WITHIN_MS = 20_000;
const PAUSE_AFTER_FAILURE_MS = 100;
/** librdkafka: the position is not in the log (any more). */
const NO_SUCH_OFFSET = -140;

export interface TailOptions {
  readonly brokers: string;
  readonly prefix?: string;
  readonly topics: readonly string[];
  readonly clientId: string;
  readonly profile: ConsumerProfile;
  /** How long records may linger before they are taken. */
  readonly linger: LingerLimits;
  /** Takes records as they come; what it throws is a defect and ends the process. */
  readonly take: (records: readonly InRecord[]) => void;
  /** Reading begins at the ends, now: at the start, and again should the position have been lost. */
  readonly positioned: () => void;
  readonly log: Logger;
}

export interface Tail {
  close(): Promise<void>;
}

/** What the client has and its type declarations lack. */
interface Undeclared {
  setDefaultIsTimeoutOnlyForFirstMessage(only: boolean): void;
}

/**
 * Begins to read; resolves once positioned.
 * @throws when no broker answers within a minute, or the ends cannot be learnt: a new process begins anew
 */
export async function tailTopics(options: TailOptions): Promise<Tail> {
  const { log, profile, prefix = '' } = options;
  const consumer = new kafka.KafkaConsumer(
    {
      ...profile.global,
      'metadata.broker.list': options.brokers,
      // The client asks for one; nothing joins it, and nothing is committed.
      'group.id': `${prefix}${options.clientId}-tail`,
      'client.id': options.clientId,
    },
    // A position that is gone is told, not mended in silence: what was missed must be looked up.
    { ...profile.topic, 'auto.offset.reset': 'error' },
  ) as kafka.KafkaConsumer & Undeclared;
  consumer.on('event.error', (error) =>
    log.throttled('kafka-tail', 'the Kafka consumer reports an error', { error: error.message }),
  );
  await new Promise<void>((resolve, reject) => {
    consumer.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve()));
  });
  consumer.setDefaultConsumeTimeout(CONSUME_TIMEOUT_MS);
  consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);

  let closing = false;
  const position = async () => {
    const latest = performance.now() + POSITIONED_WITHIN_MS;
    const ends = await retryForever(
      () =>
        endsOf(
          consumer,
          options.topics.map((topic) => prefix + topic),
        ),
      () => !closing && performance.now() < latest,
      log,
      'asking for the ends of topics',
    );
    consumer.assign(ends);
    options.positioned();
  };

  const run = async () => {
    let load: LingerLoad = { perSecond: 0, at: performance.now() };
    while (!closing) {
      let isFull = false;
      try {
        const messages = await consume(consumer, profile.batchMax);
        isFull = messages.length >= profile.batchMax;
        load = observeBatch(load, messages.length, performance.now());
        if (messages.length > 0) options.take(messages.map((message) => toRecord(message, prefix)));
      } catch (error) {
        if (!(error instanceof ConsumeFailure)) throw error;
        log.throttled('kafka-tail', 'consume failed, trying again', { error: error.message });
        if (error.code === NO_SUCH_OFFSET) await position();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
      }
      // After a full batch more is waiting already: gathering would only let it wait longer.
      const pause = isFull ? 0 : lingerMs(load, options.linger);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };

  await position();
  const running = run().catch((error) => {
    if (closing) return;
    log.error('reading results failed for good; ending this process', {
      error: error instanceof Error ? error.stack : messageOf(error),
    });
    process.exit(70);
  });
  return {
    async close() {
      closing = true;
      await running;
      await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
    },
  };
}

class ConsumeFailure extends Error {
  readonly code: number;
  constructor(error: kafka.LibrdKafkaError) {
    super(error.message, { cause: error });
    this.code = error.code;
  }
}

function consume(consumer: kafka.KafkaConsumer, max: number): Promise<kafka.Message[]> {
  return new Promise((resolve, reject) => {
    consumer.consume(max, (error, messages) =>
      error ? reject(new ConsumeFailure(error)) : resolve(messages),
    );
  });
}

/** Where each partition ends, as what to assign. */
async function endsOf(consumer: kafka.KafkaConsumer, topics: readonly string[]) {
  const partitions: Array<{ topic: string; partition: number }> = [];
  for (const topic of topics) {
    const metadata = await new Promise<kafka.Metadata>((resolve, reject) => {
      consumer.getMetadata({ topic, timeout: ASK_TIMEOUT_MS }, (error, data) =>
        error ? reject(error) : resolve(data),
      );
    });
    const found = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
    if (found.length === 0) throw new Error(`there is no topic ${topic}`);
    partitions.push(...found.map(({ id }) => ({ topic, partition: id })));
  }
  return offsetsAt(consumer, 'end', partitions, ASK_TIMEOUT_MS);
}
