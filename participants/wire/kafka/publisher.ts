/** Publishes messages and resolves when the brokers have acknowledged every one; what failed is tried again in place. */

import type { ProducerGlobalConfig } from '@confluentinc/kafka-javascript';
import kafka from '@confluentinc/kafka-javascript';
import { CONTENT_TYPE, type OutMessage } from '../envelope.ts';
import type { Logger } from '../log.ts';

const RETRY_MS = 250;
const CONNECT_TIMEOUT_MS = 60_000;
const FLUSH_TIMEOUT_MS = 10_000;
/** librdkafka: the local queue is full. */
const QUEUE_FULL = -184;
/** librdkafka: the idempotent producer cannot go on; only a new process can. */
const FATAL = -150;

/** Sends messages. One publisher a process is enough: it is safe to publish from many places at once. */
export interface Publisher {
  /**
   * Resolves once all messages are acknowledged by all in-sync replicas. Never rejects for a broker's absence: it
   * keeps trying, so callers bound how much they have under way. Messages of one key keep their order within a call.
   */
  publish(messages: readonly OutMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** One `publish` call: how many acknowledgements are missing. */
interface Round {
  missing: number;
  done: () => void;
}

interface Delivery {
  readonly message: OutMessage;
  readonly round: Round;
}

/**
 * Connects a producer. `prefix` is put in front of every topic.
 * @throws when no broker answers within a minute
 */
export async function openPublisher(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
  profile: ProducerGlobalConfig;
  log: Logger;
}): Promise<Publisher> {
  const { log, prefix = '' } = options;
  const producer = new kafka.Producer(
    { ...options.profile, 'metadata.broker.list': options.brokers, 'client.id': options.clientId },
    // The default is CRC: one key would land in another partition than Java clients give it.
    { partitioner: 'murmur2_random' },
  );
  producer.on('event.error', (error) =>
    log.throttled('kafka-producer', 'producer trouble', { error: error.message }),
  );

  const produce = (delivery: Delivery): void => {
    const { message } = delivery;
    const value = typeof message.value === 'string' ? Buffer.from(message.value) : message.value;
    try {
      producer.produce(prefix + message.topic, null, value, message.key, null, delivery, headersOf(message));
    } catch (error) {
      const code = (error as { code?: number }).code;
      if (code === FATAL) die(log, error);
      if (code !== QUEUE_FULL) log.throttled('kafka-produce', 'produce failed', { error: String(error) });
      setTimeout(produce, RETRY_MS, delivery);
    }
  };

  producer.on('delivery-report', (error, report) => {
    const delivery = report.opaque as Delivery;
    if (error) {
      if ((error as { code?: number }).code === FATAL) die(log, error);
      log.throttled('kafka-delivery', 'delivery failed, trying again', {
        topic: delivery.message.topic,
        error: error.message,
      });
      setTimeout(produce, RETRY_MS, delivery);
    } else if (--delivery.round.missing === 0) {
      delivery.round.done();
    }
  });

  await new Promise<void>((resolve, reject) => {
    producer.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve()));
  });
  producer.setPollInBackground(true);

  return {
    publish(messages) {
      if (messages.length === 0) return Promise.resolve();
      return new Promise((done) => {
        const round: Round = { missing: messages.length, done };
        for (const message of messages) produce({ message, round });
      });
    },
    close() {
      return new Promise((resolve) => {
        producer.flush(FLUSH_TIMEOUT_MS, () => producer.disconnect(FLUSH_TIMEOUT_MS, () => resolve()));
      });
    },
  };
}

const ENVELOPE_HEADERS = [{ 'content-type': CONTENT_TYPE }];

function headersOf(message: OutMessage): Array<Record<string, string>> {
  if (message.headers === undefined) return ENVELOPE_HEADERS;
  return Object.entries(message.headers).map(([name, value]) => ({ [name]: value }));
}

/** The producer is lost for good: end, rather than go on beside what was not sent. The supervisor starts anew. */
function die(log: Logger, error: unknown): never {
  log.error('the producer failed for good; ending this process', { error: String(error) });
  process.exit(70);
}
