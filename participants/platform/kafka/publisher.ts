/** Publishes messages and resolves when the brokers have acknowledged every one; what failed is tried again in place. */
import { CONTENT_TYPE, type OutMessage } from '#protocol/envelope.ts';
import type { Logger } from '../process/log.ts';
import { connectBrokers } from './broker-client.ts';
import type { ProducerProfile } from './client-settings.ts';
import { openProducer, type Placement } from './producer.ts';

const CLOSE_WITHIN_MS = 10_000;

export type { Placement };

/** Sends messages. One publisher a process is enough: it is safe to publish from many places at once. */
export interface Publisher {
  /**
   * Resolves once all messages are acknowledged by all in-sync replicas. Never rejects for a broker's absence: it
   * keeps trying, so callers bound how much they have under way. Messages of one key keep their order.
   */
  publish(messages: readonly OutMessage[]): Promise<void>;
  /** Resolves once what was published before is acknowledged, or 10 s have passed without; takes no more. */
  close(): Promise<void>;
}

/** A publisher that tells where each message went. */
export interface PlacingPublisher extends Publisher {
  /** As `publish`; resolves to the messages' placements, in their order. */
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
  profile: ProducerProfile;
  log: Logger;
}): Promise<PlacingPublisher> {
  const { prefix = '' } = options;
  const producer = openProducer(await connectBrokers(options), options.log);
  const underWay = new Set<Promise<void>>();

  const send = (messages: readonly OutMessage[], placements: Placement[] | null): Promise<void> => {
    if (messages.length === 0) return Promise.resolve();
    const sent = new Promise<void>((done) => {
      let missing = messages.length;
      const depart = (message: OutMessage, index: number) => {
        const { topic, key, value } = message;
        return {
          topic: prefix + topic,
          key,
          value: typeof value === 'string' ? Buffer.from(value) : value,
          headers: headersOf(message),
          arrived(placement: Placement | null) {
            if (placements !== null) {
              // It is there, but where? Once more, as a message whose place will be known.
              if (placement === null) return producer.send([depart(message, index)]);
              placements[index] = placement;
            }
            if (--missing === 0) done();
          },
        };
      };
      producer.send(messages.map(depart));
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
      const late = new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref());
      await Promise.race([Promise.all(underWay), late]);
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
