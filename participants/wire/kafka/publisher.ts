/** Publishes messages and resolves when the brokers have acknowledged every one; what failed is tried again in place. */

import type { ProducerGlobalConfig } from '@confluentinc/kafka-javascript';
import kafka from '@confluentinc/kafka-javascript';
import { CONTENT_TYPE, type OutMessage } from '../envelope.ts';
import type { Logger } from '../log.ts';
import { type InLane, type Lane, openLanes } from './lanes.ts';

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
  /** Resolves once what was published before is acknowledged, or 10 s have passed without; takes no more. */
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

interface Delivery extends InLane<Delivery> {
  readonly lane: Lane<Delivery>;
  readonly message: OutMessage;
  readonly round: Round;
  /** Its place in the call. */
  readonly index: number;
}

/**
 * Connects a producer. `prefix` is put in front of every topic; of each partition `groupsMax` groups of messages are with the
 * client at once, 1 without it: more where a message must not wait for another's acknowledgement.
 * @throws when no broker answers within a minute
 */
export async function openPublisher(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
  profile: ProducerGlobalConfig;
  groupsMax?: number;
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

  const underWay = new Set<Promise<void>>();
  let closed = false;

  const again = (delivery: Delivery): void => {
    lanes.left(delivery);
    if (!closed) setTimeout(() => lanes.enter([delivery]), RETRY_MS);
  };

  const lanes = openLanes<Delivery>((delivery) => {
    const { message } = delivery;
    const value = typeof message.value === 'string' ? Buffer.from(message.value) : message.value;
    try {
      producer.produce(prefix + message.topic, null, value, message.key, null, delivery, headersOf(message));
    } catch (error) {
      const code = (error as { code?: number }).code;
      if (code === FATAL) die(log, error);
      if (code !== QUEUE_FULL) log.throttled('kafka-produce', 'produce failed', { error: String(error) });
      again(delivery);
    }
  }, options.groupsMax);

  producer.on('delivery-report', (error, report) => {
    const delivery = report.opaque as Delivery;
    if (error) {
      if ((error as { code?: number }).code === FATAL) die(log, error);
      log.throttled('kafka-delivery', 'delivery failed, trying again', {
        topic: delivery.message.topic,
        error: error.message,
      });
      again(delivery);
    } else {
      lanes.left(delivery);
      const { round } = delivery;
      // A repeat that the broker knew without saying where it is: once more, as a message whose place will be known.
      if (!isPlaced(delivery, report)) lanes.enter([delivery]);
      else if (--round.missing === 0) round.done();
    }
  });

  await new Promise<void>((resolve, reject) => {
    producer.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve()));
  });
  producer.setPollInBackground(true);

  const send = (messages: readonly OutMessage[], placements: Placement[] | null): Promise<void> => {
    if (messages.length === 0) return Promise.resolve();
    const sent = new Promise<void>((done) => {
      const round: Round = { missing: messages.length, placements, done };
      const lane = (message: OutMessage) => lanes.of(message.topic, message.key);
      lanes.enter(messages.map((message, index) => ({ lane: lane(message), message, round, index })));
    });
    underWay.add(sent);
    void sent.then(() => underWay.delete(sent));
    return sent;
  };

  return {
    publish: (messages) => send(messages, null),
    async publishPlaced(messages) {
      const placements: Placement[] = new Array(messages.length);
      await send(messages, placements);
      return placements;
    },
    async close() {
      // What waits in the lanes is not with the client yet: its flush would not see it.
      const late = new Promise((resolve) => setTimeout(resolve, FLUSH_TIMEOUT_MS).unref());
      await Promise.race([Promise.all(underWay), late]);
      closed = true;
      await new Promise<void>((resolve) => producer.disconnect(FLUSH_TIMEOUT_MS, () => resolve()));
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
