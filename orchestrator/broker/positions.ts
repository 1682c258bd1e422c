/** Asks the brokers how far logs reach and how far groups have read. */
import kafka from '@confluentinc/kafka-javascript';
import type { Place, Positions } from '#engine/ports.ts';
import { committedOffsets, offsetsAt } from '#platform/kafka/offsets.ts';

const TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 60_000;
/** The group of the client that asks about logs only. */
const NO_GROUP = 'positions';

/**
 * Positions as consumers ask for them. `prefix` is in front of every topic and group name.
 *
 * The admin protocol would answer in fewer words, and ends the process: an answer that comes after its time-out, as when
 * a broker dies, fails an assertion of librdkafka (its issues 3663 and 4605, both open), and an admin client of its own
 * checks for a group it does not have (SIGSEGV). So a group is asked about by a client that bears its name, and neither
 * joins it nor commits anything; there are as many as groups that were asked about.
 * @throws when no broker answers within a minute
 */
export async function brokerPositions(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
}): Promise<Positions & { close(): Promise<void> }> {
  const { prefix = '' } = options;
  const observers = new Map<string, Promise<kafka.KafkaConsumer>>();

  /** The client that bears a group's name. */
  const observer = (group: string): Promise<kafka.KafkaConsumer> => {
    const known = observers.get(group);
    if (known !== undefined) return known;
    const opened = openObserver({ ...options, group: prefix + group });
    observers.set(group, opened);
    // One that could not be opened is tried again by whoever asks next.
    opened.catch(() => observers.delete(group));
    return opened;
  };
  await observer(NO_GROUP);

  const key = ({ topic, partition }: Place) => `${topic.slice(prefix.length)}/${partition}`;
  const prefixed = ({ topic, partition }: Place) => ({ topic: prefix + topic, partition });

  const offsets = async (places: readonly Place[], where: 'start' | 'end') => {
    const found = await offsetsAt(await observer(NO_GROUP), where, places.map(prefixed), TIMEOUT_MS);
    return new Map(found.map((one) => [key(one), one.offset]));
  };

  return {
    ends: async (places) => (places.length === 0 ? new Map() : offsets(places, 'end')),

    async read(group, places) {
      if (places.length === 0) return new Map();
      // Before anything is asked: a question that fails while a client is being opened would have nobody to hear it.
      const member = await observer(group);
      const [read, committed] = await Promise.all([
        offsets(places, 'start'),
        committedOffsets(member, places.map(prefixed), TIMEOUT_MS),
      ]);
      for (const one of committed) read.set(key(one), Math.max(one.offset, read.get(key(one)) ?? 0));
      return read;
    },

    async close() {
      const opened = await Promise.allSettled(observers.values());
      await Promise.all(
        opened.map((one) =>
          one.status === 'fulfilled'
            ? new Promise<void>((resolve) => one.value.disconnect(() => resolve()))
            : Promise.resolve(),
        ),
      );
    },
  };
}

async function openObserver(options: {
  brokers: string;
  clientId: string;
  group: string;
}): Promise<kafka.KafkaConsumer> {
  const consumer = new kafka.KafkaConsumer(
    {
      'metadata.broker.list': options.brokers,
      'client.id': `${options.clientId}-positions`,
      'group.id': options.group,
      'enable.auto.commit': false,
    },
    {},
  );
  // What is wrong is said by the request that fails of it.
  consumer.on('event.error', () => {});
  try {
    await new Promise<void>((resolve, reject) =>
      consumer.connect({ timeout: CONNECT_TIMEOUT_MS }, (error) => (error ? reject(error) : resolve())),
    );
  } catch (error) {
    consumer.disconnect();
    throw error;
  }
  return consumer;
}
