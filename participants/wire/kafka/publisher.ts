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

/** Where the brokers put a message, and when: their own clock where the topic has LogAppendTime. */
export interface Placement {
  readonly partition: number;
  readonly offset: number;
  /** ms since 1970. */
  readonly timestamp: number;
}

/** A publisher that tells where each message went. */
export interface PlacingPublisher extends Publisher {
  /** As `publish`; resolves to the messages' placements, in their order. */
  publishPlaced(messages: readonly OutMessage[]): Promise<readonly Placement[]>;
}

/** One call: how many acknowledgements are missing, and where to note placements, if anybody asked. */
interface Round {
  missing: number;
  readonly placements: Placement[] | null;
  done: () => void;
}

interface Delivery {
  readonly message: OutMessage;
  readonly round: Round;
  /** Its place in the call. */
  readonly index: number;
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
}): Promise<PlacingPublisher> {
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
    } else if (isPlaced(delivery, report)) {
      const { round } = delivery;
      if (--round.missing === 0) round.done();
    } else {
      // A repeat that the broker knew without saying where it is: once more, as a message whose place will be known.
      produce(delivery);
    }
  });

  await new Promise<void>((resolve, reject) => {
    producer.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve()));
  });
  producer.setPollInBackground(true);

  const send = (messages: readonly OutMessage[], placements: Placement[] | null): Promise<void> => {
    if (messages.length === 0) return Promise.resolve();
    return new Promise((done) => {
      const round: Round = { missing: messages.length, placements, done };
      messages.forEach((message, index) => produce({ message, round, index }));
    });
  };

  return {
    publish: (messages) => send(messages, null),
    async publishPlaced(messages) {
      const placements: Placement[] = new Array(messages.length);
      await send(messages, placements);
      return placements;
    },
    close() {
      return new Promise((resolve) => {
        producer.flush(FLUSH_TIMEOUT_MS, () => producer.disconnect(FLUSH_TIMEOUT_MS, () => resolve()));
      });
    },
  };
}

/** Notes where a message is, where somebody asked; false when the brokers did not tell. */
function isPlaced(
  { round, index }: Delivery,
  { partition, offset, timestamp }: kafka.DeliveryReport,
): boolean {
  if (round.placements === null) return true;
  if (offset < 0) return false;
  round.placements[index] = { partition, offset, timestamp: Number(timestamp) };
  return true;
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
