/** Publishes messages, and resolves when the brokers have acknowledged every one. Retries in place. */
import { CONTENT_TYPE, type OutMessage } from '#protocol/envelope.ts';
import type { MessagePublisher, PublishWatch } from '../batching/publication.ts';
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import type { Logger } from '../process/log.ts';
import { openProducerClient } from './broker-client.ts';
import type { ProducerSettings } from './client-settings.ts';
import { openProducer, type Placement } from './producer.ts';

const CLOSE_WITHIN_MS = 10_000;
const BLOCKED_AFTER_MS = 2_000;

const isNeverLeft = () => false;

export type { Placement };

/** One publisher a process is enough: concurrent calls are safe. */
export interface Publisher extends MessagePublisher {
  /**
   * Resolves once all in-sync replicas have all messages. Retries without end while brokers are down, so callers bound how
   * much they have in flight, or leave it. Messages of one key keep their order.
   */
  publish(messages: readonly OutMessage[], watch?: PublishWatch): Promise<void>;
  /** Waits up to 10 s until earlier messages are acknowledged, then closes the connections. */
  close(): Promise<void>;
}

/** A publisher that reports where each message is in the log, and which partitions take none. */
export interface PlacingPublisher extends Publisher {
  /** Whether a partition takes nothing, and has not for two seconds at least. */
  isBlocked(topic: string, partition: number): boolean;
  /** Whether the brokers permit this process to write a topic. @throws when no broker answers */
  mayWrite(topic: string): Promise<boolean>;
  /** As `publish`; resolves to one placement a message, in their order. */
  publishPlaced(messages: readonly OutMessage[]): Promise<readonly Placement[]>;
}

/**
 * Connects a producer. `prefix` is put in front of every topic.
 * @throws when no broker answers within a minute
 */
export async function openPublisher(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
  /** This process's own without it. */
  security?: KafkaSecurity;
  settings: ProducerSettings;
  log: Logger;
}): Promise<PlacingPublisher> {
  const { prefix = '' } = options;
  const client = await openProducerClient(options);
  const producer = openProducer(client, options.log);
  const inFlight = new Set<Promise<void>>();

  const send = (
    messages: readonly OutMessage[],
    placements: Placement[] | null,
    watch?: PublishWatch,
  ): Promise<void> => {
    if (messages.length === 0) return Promise.resolve();
    const sent = new Promise<void>((done) => {
      let missing = messages.length;
      const toProducer = (message: OutMessage, index: number) => {
        const { topic, key, keyBytes, value } = message;
        return {
          topic: prefix + topic,
          key: keyBytes ?? key,
          value: typeof value === 'string' ? Buffer.from(value) : value,
          headers: headersOf(message),
          isLeft: watch?.isLeft ?? isNeverLeft,
          onDropped() {
            if (--missing === 0) done();
          },
          onAcknowledged(placement: Placement | null) {
            if (placements !== null) {
              // The message is in the log at an unknown offset. Sent again it gets an offset that the broker reports.
              if (placement === null) return producer.send([toProducer(message, index)]);
              placements[index] = placement;
            }
            watch?.onAcknowledged(index);
            if (--missing === 0) done();
          },
        };
      };
      producer.send(messages.map(toProducer));
    });
    inFlight.add(sent);
    void sent.then(() => inFlight.delete(sent));
    return sent;
  };

  return {
    publish: (messages, watch) => send(messages, null, watch),
    isBlocked(topic, partition) {
      const since = producer.failingSince(prefix + topic, partition);
      return since !== null && Date.now() - since >= BLOCKED_AFTER_MS;
    },
    mayWrite: (topic) => client.mayWrite(prefix + topic),
    async publishPlaced(messages) {
      const placements: Placement[] = new Array(messages.length);
      await send(messages, placements);
      return placements;
    },
    async close() {
      const late = new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref());
      await Promise.race([Promise.all(inFlight), late]);
      await producer.close();
    },
  };
}

const ENVELOPE_HEADERS = headerMap({ 'content-type': CONTENT_TYPE });

function headersOf({ headers }: OutMessage): Map<Buffer, Buffer> {
  return headers === undefined ? ENVELOPE_HEADERS : headerMap(headers);
}

function headerMap(headers: Readonly<Record<string, string>>): Map<Buffer, Buffer> {
  return new Map(Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]));
}
